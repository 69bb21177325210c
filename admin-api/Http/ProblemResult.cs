using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Writes a <see cref="Problem"/> as <see cref="ProblemBody"/> does, with its headers and, where it has them,
/// <c>reasons</c> and <c>contact</c>.</summary>
public sealed class ProblemResult(Problem problem) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext http)
    {
        var response = http.Response;
        response.StatusCode = problem.Status;
        response.ContentType = ProblemBody.ContentType;
        if (problem.Challenge is not null)
            response.Headers.WWWAuthenticate = problem.Challenge;
        if (problem.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var body = Write(http.RequestId());
        response.ContentLength = body.WrittenCount;
        await response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }

    private ArrayBufferWriter<byte> Write(string requestId)
    {
        var body = new ArrayBufferWriter<byte>();
        ProblemBody.Write(
            body,
            problem.Status,
            problem.Code,
            problem.Title,
            problem.Detail,
            requestId,
            problem.Errors,
            Extend
        );
        return body;
    }

    private void Extend(Utf8JsonWriter json)
    {
        if (problem.Reasons is { } reasons)
        {
            json.WritePropertyName("reasons");
            JsonSerializer.Serialize(json, reasons, Json.Options);
        }
        if (problem.Contact is { } contact)
            json.WriteString("contact", contact);
    }
}
