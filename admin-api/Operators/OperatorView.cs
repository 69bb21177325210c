using System.Text.Json.Serialization;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>A named operator as the API shows it.</summary>
public sealed record OperatorView
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>Name; unique.</summary>
    public required string Name { get; init; }

    /// <summary>The token. In the one answer that made the operator, and nowhere else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; init; }

    /// <summary>When made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The view of a record.</summary>
    public static OperatorView Of(OperatorRecord record) =>
        new()
        {
            Id = record.Id,
            Name = record.Name,
            CreatedAt = record.CreatedAt,
        };
}

/// <summary>What writes about one operator answer.</summary>
/// <param name="Operator">The operator.</param>
public sealed record OperatorAnswer(OperatorView Operator) : Answer
{
    /// <inheritdoc/>
    public override Answer WithoutSecret() => this with { Operator = Operator with { Token = null } };
}
