using System.Text.Json;
using Gateway.Keys;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Admin;

/// <summary>
/// <c>POST /v1/leaks/revoke</c>: whoever holds a secret may end it, without any other right. It is what somebody who finds
/// a key can do at once, and what somebody who steals one would never do.
/// <code>
/// uniform   one answer, and not before a fixed time is over, whether the key exists, is revoked already, or is no key
/// bounded   a small body, a few times a minute from one address
/// </code>
/// </summary>
public static class RevokeHeldKey
{
    private const int Accepted = StatusCodes.Status202Accepted;

    // A key has 54 bytes at most.
    private const int MaxBytes = 1024;
    private const string Said = "If this is an API key of ours, it is revoked.";

    /// <summary>No answer comes sooner: longer than a look-up and a write take when nothing is wrong, so that the time
    /// says nothing of which of them were needed.</summary>
    public static readonly TimeSpan AnswerAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>What is asked for.</summary>
    /// <param name="Key">The secret.</param>
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
        problem = await RevokeAsync(http, admin, client, request.Key);
        var rest = AnswerAfter - admin.Clock.GetElapsedTime(begun);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, admin.Clock, http.RequestAborted);
        return problem is null
            ? Results.Json(new Envelope<Response>(new Response(Said)), Json.Options, statusCode: Accepted)
            : new ProblemResult(problem);
    }

    private static async Task<Outcome<Request>> ReadAsync(HttpContext http)
    {
        var read = await JsonBody.ReadAsync(http.Request, http.RequestAborted, JsonValueKind.Object);
        if (!read.TryGet(out var body, out var problem))
            return problem;
        var errors = new List<FieldError>();
        var request = Fields.Read(body.Json, Request.Read, errors);
        return errors.Count == 0 ? request : Problems.Validation(errors);
    }

    // A store that is away is said so (503): that does not depend on the key.
    private static async Task<Problem?> RevokeAsync(
        HttpContext http,
        AdminServices admin,
        System.Net.IPAddress client,
        string secret
    )
    {
        if (!http.RequestServices.GetRequiredService<Schema>().IsCurrent)
            return Problems.NotReady();
        // Not cancelled when the caller hangs up: a revocation that was asked for is carried out.
        var (key, problem) = await LeakedKeys.FindAsync(admin, secret, CancellationToken.None);
        if (key is null)
            return problem;
        var caller = new Caller
        {
            Actor = Actor.Holder(key.Id),
            AccountId = key.AccountId,
            Ip = client,
            RequestId = http.RequestId(),
        };
        var report = new LeakReport("", null, null, null);
        return (await LeakedKeys.StopAsync(admin, caller, key, report, revoke: true)).Problem;
    }
}
