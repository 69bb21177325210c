using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Keys;

/// <summary>One field of a request that cannot be taken.</summary>
/// <param name="Field">Its path in the body, such as <c>walletBindings[0].walletId</c>.</param>
/// <param name="Code">Stable code for programs.</param>
/// <param name="Message">What is wrong and how to mend it.</param>
public sealed record FieldError(string Field, string Code, string Message);

/// <summary>
/// The body of every error, of gateway and admin API alike: RFC 9457 with <c>requestId</c>, <c>error</c> and, for
/// validation, <c>errors</c>. It echoes neither key nor path.
/// </summary>
public static class ProblemBody
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "application/problem+json";

    // A message with an apostrophe stays readable; nothing here is ever put into a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a body.</summary>
    /// <param name="to">Gets UTF-8 JSON.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Stable code; also the end of <c>type</c>.</param>
    /// <param name="title">The same for every occurrence of the code.</param>
    /// <param name="detail">What can be done about this one.</param>
    /// <param name="requestId">Found in the logs of the process that answered.</param>
    /// <param name="errors">Problems of fields; null for none.</param>
    /// <param name="extend">Writes further members; null for none.</param>
    public static void Write(
        IBufferWriter<byte> to,
        int status,
        string code,
        string title,
        string detail,
        string requestId,
        IReadOnlyList<FieldError>? errors = null,
        Action<Utf8JsonWriter>? extend = null
    )
    {
        using var json = new Utf8JsonWriter(to, Options);
        json.WriteStartObject();
        json.WriteString("type", "urn:gateway:problem:" + code);
        json.WriteString("title", title);
        json.WriteNumber("status", status);
        json.WriteString("detail", detail);
        json.WriteString("requestId", requestId);
        json.WriteStartObject("error");
        json.WriteString("code", code);
        json.WriteString("message", detail);
        json.WriteEndObject();
        if (errors is not null)
            WriteErrors(json, errors);
        extend?.Invoke(json);
        json.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter json, IReadOnlyList<FieldError> errors)
    {
        json.WriteStartArray("errors");
        foreach (var error in errors)
        {
            json.WriteStartObject();
            json.WriteString("field", error.Field);
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
