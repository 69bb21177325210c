using System.Globalization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>
/// Check 10 for keys that act: the rate limit of a key holds for its calls to the admin API too, by the window the gateway
/// counts with. Each admin process counts by itself, and beside the gateways: a key that uses up what it may call here is
/// still served there. A call that another check refuses costs nothing of it.
/// </summary>
public sealed class ActorLimits(LineLimits lines, TimeProvider clock)
{
    /// <summary>Name of the policy in the fields of an answer. It is not the gateway's: a call that comes through a gateway
    /// is told of both.</summary>
    public const string Policy = "key-admin";

    /// <summary>Rotation lines whose use is remembered, some 200 bytes each: more than keys act on accounts at a
    /// time.</summary>
    public const int MaxLines = 50_000;

    /// <summary>Counts a call of an actor and says in the answer what is left.</summary>
    /// <param name="http">The call.</param>
    /// <param name="actor">Who calls; only keys have a limit.</param>
    /// <returns>The refusal; null when it may go on.</returns>
    public Problem? Take(HttpContext http, Actor actor)
    {
        if (actor.Key is not { RateLimit: { } limit } key)
            return null;
        var answer = lines.Take(new KeyLimit(key.LineId, limit), limit.Requests, clock.GetTimestamp());
        var headers = http.Response.Headers;
        headers[LimitFields.PolicyName] = LimitFields.Policy(Policy, limit.Requests, limit.WindowSeconds);
        headers[LimitFields.LimitName] = LimitFields.Limit(Policy, answer);
        return answer.Admitted
            ? null
            : Problem.Of(DenyReason.RateLimited) with
            {
                RetryAfterSeconds = int.Parse(LimitFields.RetryAfter(answer), CultureInfo.InvariantCulture),
            };
    }
}
