using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// <c>Idempotency-Key</c> on POST: per actor and route, 24 h. The answer, without its secret, is kept in the transaction
/// of the write itself, so that a process that dies in between leaves either both or neither. A repetition gets the same
/// status and data, and the receipt as it stands now; what was refused is forgotten and may be tried again.
/// </summary>
public static class Idempotency
{
    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>What is in flight longer than this died with its process: statements time out long before.</summary>
    public static readonly TimeSpan InFlight = TimeSpan.FromMinutes(5);

    private const string Header = "Idempotency-Key";
    private const int MaxLength = 255;

    // Beside the body in what is kept: the one header of an answer that depends on what was written.
    private const string ETagField = "etag";

    /// <summary>Reads the header.</summary>
    /// <returns>What the request is known by, not yet begun; null when it carries no such header.</returns>
    public static Outcome<IdempotencyRecord>? Read(
        HttpRequest request,
        JsonBody body,
        Caller caller,
        TimeProvider clock
    )
    {
        var values = request.Headers[Header];
        if (values.Count == 0 || !HttpMethods.IsPost(request.Method))
            return null;
        if (values is not [{ Length: > 0 and <= MaxLength } key] || key.Any(c => c is <= ' ' or > '~'))
            return Problems.Validation(Header, "INVALID", $"Must be once, 1 to {MaxLength} visible ASCII characters.");
        var route = Digest($"{request.Method} {request.Path}");
        byte[] content = [.. Encoding.UTF8.GetBytes(request.QueryString.Value ?? ""), 0, .. body.Bytes.Span];
        return new IdempotencyRecord(
            caller.Actor.Id,
            route,
            Digest(key),
            SHA256.HashData(content),
            null,
            null,
            clock.Now()
        );
    }

    /// <summary>For a form that is acted on once, however often the browser sends it.</summary>
    /// <param name="caller">Who sends it.</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="once">What the page put into it, random.</param>
    /// <param name="clock">The time.</param>
    public static IdempotencyRecord ForForm(Caller caller, string path, string once, TimeProvider clock) =>
        new(caller.Actor.Id, Digest($"console {path}"), Digest(once), [], null, null, clock.Now());

    // Only compared, so only hashes are kept: a path or this header may hold a credential by mistake.
    private static string Digest(string text) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Begins.</summary>
    /// <returns>Null when this is the first; else what was answered then, or why it cannot be repeated.</returns>
    public static async Task<Outcome<IdempotencyRecord>?> BeginAsync(Database database, IdempotencyRecord record)
    {
        var now = record.CreatedAt;
        return await database.WriteAsync<Outcome<IdempotencyRecord>?>(async session =>
        {
            await session.ForgetStaleIdempotentAsync(record, now - Kept, now - InFlight);
            if (await session.TryBeginIdempotentAsync(record))
                return null;
            var first = await session.GetIdempotentAsync(record.ActorId, record.Route, record.Key);
            if (first is not null && !CryptographicOperations.FixedTimeEquals(first.RequestHash, record.RequestHash))
                return Problems.IdempotencyKeyReused();
            return first?.Body is null ? Problems.IdempotencyInFlight() : first;
        });
    }

    /// <summary>Keeps the answer.</summary>
    public static async Task CompleteAsync<T>(Session session, IdempotencyRecord record, int status, Written<T> written)
        where T : Answer
    {
        var answer = (T)written.Answer.WithoutSecret();
        if (written.Change is { } change)
            answer = answer with { Propagation = Propagation.Unknown(change) };
        var body = JsonSerializer.SerializeToNode(new Envelope<T>(answer), Json.Options)!;
        if (answer is IVersioned versioned)
            body[ETagField] = ETags.Of(versioned.Version);
        var text = body.ToJsonString(Json.Options);
        if (!await session.CompleteIdempotentAsync(record.ActorId, record.Route, record.Key, status, text))
            throw new InvalidOperationException("The request was taken over by a repetition of it.");
    }

    /// <summary>Answers as the first time, with the receipt as it stands now.</summary>
    public static async Task<IResult> ReplayAsync(
        IdempotencyRecord first,
        FleetWatch fleet,
        Caller caller,
        HttpResponse response
    )
    {
        var body = JsonNode.Parse(first.Body!)!.AsObject();
        if (body.Remove(ETagField, out var tag))
            response.Headers.ETag = tag!.GetValue<string>();
        if (body["data"]?["propagation"]?["change"] is { } change)
        {
            var propagation = await fleet.WaitAsync(change.GetValue<long>(), caller.Wait);
            body["data"]!["propagation"] = JsonSerializer.SerializeToNode(propagation, Json.Options);
        }
        return Results.Json(body, Json.Options, statusCode: first.Status);
    }
}
