using System.Text.Json.Serialization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The body of every refusal (RFC 9457), for the OpenAPI document; <see cref="ProblemResult"/> writes it.</summary>
/// <param name="Type">A URN that ends in the code.</param>
/// <param name="Title">The same for every occurrence of the code.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What can be done about this one.</param>
/// <param name="RequestId">Found in the logs of the process that answered.</param>
/// <param name="Error">The same for programs.</param>
public sealed record ProblemSchema(
    string Type,
    string Title,
    int Status,
    string Detail,
    string RequestId,
    ProblemSchema.ErrorCode Error
)
{
    /// <summary>A refusal for programs.</summary>
    /// <param name="Code">Stable.</param>
    /// <param name="Message">As <c>detail</c>.</param>
    public sealed record ErrorCode(string Code, string Message);

    /// <summary>Everything that is wrong with the request's fields; only of those codes that are about fields.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FieldError>? Errors { get; init; }

    /// <summary>Why the account is not eligible; only of <c>NOT_ELIGIBLE</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Reason>? Reasons { get; init; }

    /// <summary>Whom to ask; only of <c>NOT_ELIGIBLE</c>, where somebody is configured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Contact { get; init; }
}
