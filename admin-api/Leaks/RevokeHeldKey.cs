using Gateway.Keys;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Admin;

/// <summary>
/// <c>POST /v1/leaks/revoke</c>: whoever holds a secret may end it, without any other right. It is what somebody who finds
/// a key can do at once, and what somebody who steals one would never do.
/// <code>
/// uniform    one answer after a fixed time, whether the key exists, is revoked already, cannot be judged or is no key:
///            it says that the secret was taken, and the work goes on beside it (<see cref="HeldRevocations"/>)
/// bounded    a small body, a few times a minute from one address, so many at a time
/// no store   503, before anything is made of the key
/// </code>
/// </summary>
public static class RevokeHeldKey
{
    private const int Accepted = StatusCodes.Status202Accepted;

    // A key has 54 bytes at most.
    private const int MaxBytes = 1024;
    private const string Said = "If this is an API key of ours, or an operator's token, it is being revoked.";

    /// <summary>When the answer comes. Long enough that, when nothing is wrong, the key is revoked by then.</summary>
    public static readonly TimeSpan AnswerAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>What is asked for.</summary>
    /// <param name="Key">The secret: an API key, or an operator's token.</param>
    public sealed record Request(string Key)
    {
        internal static Request Read(Fields fields)
        {
            var key = fields.Text("key");
            if (key is null or "")
                fields.RefuseOnce("key", "REQUIRED", "Must be the API key that is to be revoked.");
            return new(key ?? "");
        }
    }

    /// <summary>What is answered, always.</summary>
    /// <param name="Message">For people.</param>
    public sealed record Response(string Message);

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app) =>
        app.MapPost("/v1/leaks/revoke", (Delegate)RunAsync)
            .OpenToAnyone()
            .Accepts<Request>("application/json")
            .Produces<Envelope<Response>>(Accepted)
            .Refuses(429, "TOO_MANY_REVOCATIONS")
            .Refuses(503, "OVERLOADED")
            .WithDescription(
                "`202` says that the secret was taken, not that it is revoked: the answer is the same, and as late, whether "
                    + "there is such a key or not. A key of ours is revoked within moments; when the store "
                    + "fails just then, it is tried again for more than a minute. "
                    + "Call again to be sure; it does no harm."
            )
            .Describe("revokeHeldKey", Tags.Leaks, "Revoke an API key you hold");

    private static async Task<IResult> RunAsync(HttpContext http)
    {
        var (admin, begun) = (http.Admin(), http.Admin().Clock.GetTimestamp());
        if (!admin.TryReadClient(http, out var client))
            return new ProblemResult(Problem.Of(DenyReason.BadRequest));
        if (!http.RequestServices.GetRequiredService<RevocationLimit>().TryTake(client))
            return new ProblemResult(LeakProblems.TooManyRevocations());
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBytes;
        if (!(await ReadAsync(http)).TryGet(out var request, out var problem))
            return new ProblemResult(problem);
        // What is known of the store and not of the key.
        if (!admin.Fleet.StoreAnswers)
            return new ProblemResult(Problems.NotReady());
        var revocations = http.RequestServices.GetRequiredService<HeldRevocations>();
        if (!revocations.TryBegin(request.Key, client, http.RequestId()))
            return new ProblemResult(LeakProblems.NoTurn());
        var rest = AnswerAfter - admin.Clock.GetElapsedTime(begun);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, admin.Clock, http.RequestAborted);
        return Results.Json(new Envelope<Response>(new Response(Said)), Json.Options, statusCode: Accepted);
    }

    private static async Task<Outcome<Request>> ReadAsync(HttpContext http)
    {
        var read = await JsonBody.ReadAsync(http.Request, http.RequestAborted);
        if (!read.TryGet(out var body, out var problem))
            return problem;
        var errors = new List<FieldError>();
        var request = Fields.Read(body.Json, Request.Read, errors, secrets: null);
        return errors.Count == 0 ? request : Problems.Validation(errors);
    }
}
