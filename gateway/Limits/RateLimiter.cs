using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Check 10: the rate limit of the key, which its rotation line shares. It comes last, so that a request that is refused
/// anyway costs nobody anything.
/// <code>
///   no Redis           counted here: exact in this process, at once
///   Redis              counted there, for all gateways: one round trip, never longer than Limits:RedisTimeoutMs
///   Redis does not     counted here, at once, up to this gateway's share: the limit by the number of gateways. What Redis
///   answer             has admitted here counts, so that its end gives nobody more
/// </code>
/// </summary>
public sealed class RateLimiter
{
    private readonly LineLimits _lines;
    private readonly RedisLink _redis;
    private readonly LiveGateways _fleet;
    private readonly KeyCache _cache;
    private readonly TimeProvider _clock;
    private readonly Func<object, Task> _announce;
    private long _fallbacks;

    /// <summary>Nothing counted yet.</summary>
    public RateLimiter(LineLimits lines, RedisLink redis, LiveGateways fleet, KeyCache cache, TimeProvider clock)
    {
        (_lines, _redis, _fleet, _cache, _clock) = (lines, redis, fleet, cache, clock);
        _announce = AnnounceAsync;
    }

    /// <summary>Requests that were counted here although there is a Redis.</summary>
    public long Fallbacks => Interlocked.Read(ref _fallbacks);

    /// <summary>Counts a request if it is within its key's limit. Completed at once unless Redis is asked.</summary>
    /// <param name="limit">The key's.</param>
    /// <param name="now">Timestamp of the request.</param>
    public ValueTask<LimitAnswer> AskAsync(KeyLimit limit, long now) =>
        _redis.IsUsable ? AskSharedAsync(limit, now) : new(AskHere(limit, now));

    /// <summary>Has the answer to an accepted request say what is left, as it begins. That is told as it is then, so
    /// nothing is kept for the request.</summary>
    public void Announce(HttpContext context) => context.Response.OnStarting(_announce, context);

    /// <summary>Writes the fields of an answer.</summary>
    /// <param name="headers">The answer's.</param>
    /// <param name="name">Name of the policy.</param>
    /// <param name="policy">The policy, written out.</param>
    /// <param name="answer">What it said.</param>
    public static void Write(IHeaderDictionary headers, string name, string policy, LimitAnswer answer)
    {
        Add(headers, LimitFields.PolicyName, policy);
        Add(headers, LimitFields.LimitName, LimitFields.Limit(name, answer));
        if (!answer.Admitted)
            headers.RetryAfter = LimitFields.RetryAfter(answer);
    }

    // Both are lists. An upstream's own limits stay in them, for whoever is held to both; what is not of that form (earlier
    // drafts had others) would make the whole field unreadable, and goes.
    private static void Add(IHeaderDictionary headers, string name, string value)
    {
        var before = headers[name];
        headers[name] = before.Count > 0 && before.All(v => v is ['"', ..]) ? (string[])[value, .. before!] : value;
    }

    private Task AnnounceAsync(object state)
    {
        var context = (HttpContext)state;
        if (
            context.Features.Get<UpstreamIdentity>() is { } identity
            && _cache.Find(identity.KeyId) is { Limit: { } limit }
        )
            Write(context.Response.Headers, LimitFields.Key, limit.Policy, Look(limit));
        return Task.CompletedTask;
    }

    private LimitAnswer Look(KeyLimit limit)
    {
        var now = _clock.GetTimestamp();
        if (!_redis.IsUsable || limit.LastShared is not { } last)
            return _lines.Look(limit, Share(limit), now) with { Admitted = true };
        var since = _clock.GetElapsedTime(last.Timestamp, now);
        return last.Answer with { Admitted = true, Wait = last.Answer.Wait - since };
    }

    private LimitAnswer AskHere(KeyLimit limit, long now)
    {
        if (_redis.IsConfigured)
            Interlocked.Increment(ref _fallbacks);
        return _lines.Take(limit, Share(limit), now);
    }

    private async ValueTask<LimitAnswer> AskSharedAsync(KeyLimit limit, long now)
    {
        // What it has refused it refuses until then, whatever others ask meanwhile: a client that goes on costs no trip.
        if (limit.LastShared is { Answer.Admitted: false } last)
        {
            var left = last.Answer.Wait - _clock.GetElapsedTime(last.Timestamp, now);
            if (left > TimeSpan.Zero)
                return last.Answer with { Wait = left };
        }
        if (await _redis.TakeAsync(limit) is not { } answer)
            return AskHere(limit, now);
        limit.LastShared = new SharedAnswer(answer, _clock.GetTimestamp());
        if (answer.Admitted)
            _lines.Note(limit, now);
        return answer;
    }

    // At least one, so that no key is stopped by the number of gateways alone.
    private int Share(KeyLimit limit) =>
        _redis.IsConfigured ? (limit.Requests + _fleet.Count - 1) / _fleet.Count : limit.Requests;
}
