using Gateway.Keys;
using Gateway.Listeners;

namespace Gateway;

/// <summary>Settings under <c>Limits</c>: what refusals may cost, and how limits are counted. The limits themselves belong
/// to keys (<c>rateLimit</c>).</summary>
public sealed class LimitOptions
{
    /// <summary>403s of one key in <see cref="RefusalWindowSeconds"/>, past which it gets 429 in their place: five a second
    /// are more than any client in order has, and few for whoever tries out what a stolen key may do. 0 for no
    /// bound.</summary>
    public int RefusalsPerKey { get; set; } = 300;

    /// <summary>Unknown keys from one address (IPv6: from one /64) in <see cref="RefusalWindowSeconds"/>, past which they
    /// get 429: room for many clients behind one address with a key that is no more. 0 for no bound.</summary>
    public int RefusalsPerAddress { get; set; } = 1_000;

    /// <summary>Seconds that refusals are counted over, 1 to 3,600: a minute is long enough for a bound to mean something,
    /// and soon over for who has mended a mistake.</summary>
    public int RefusalWindowSeconds { get; set; } = 60;

    /// <summary>Requests that need no key in flight at once from one address (IPv6: from one /64), past which they are 503: as
    /// many as one connection of HTTP/2 may have and some more, and so few that whoever has them all stall or end in the same
    /// moment delays nobody who has a key. Behind a proxy that is not among the trusted ones everybody has one address. 0
    /// for no bound.</summary>
    public int KeylessPerAddress { get; set; } = 128;

    /// <summary>Connections open at once from one address (IPv6: from one /64) on which no request has been let through with a
    /// key yet; one more is closed at once. A quarter of all there may be unless it is set: whoever has only one address leaves
    /// room for everybody else. Connections from <c>Gateway:TrustedProxies</c> are not counted. 0 for no bound.</summary>
    public int? StrangersPerAddress { get; set; }

    /// <summary>Milliseconds a request waits for Redis before its limit is counted here. A round trip takes less than one;
    /// this leaves room for a pause of either process.</summary>
    public int RedisTimeoutMs { get; set; } = 50;

    /// <summary>Milliseconds until a Redis that did not answer is tried again. No request waits for that.</summary>
    public int RedisPauseMs { get; set; } = 1_000;

    /// <summary>Rotation lines whose use is remembered, some 200 bytes each: more than have a limit and are in use within
    /// two of its windows in all but the largest fleets.</summary>
    public int MaxLines { get; set; } = 250_000;

    /// <summary><see cref="StrangersPerAddress"/>, or what it is when it is not set.</summary>
    /// <param name="connections">How many there may be of all.</param>
    internal long StrangersOf(long connections) =>
        StrangersPerAddress ?? Math.Max(1, connections / Strangers.ShareOfConnections);

    /// <summary>Adds a line for each setting that cannot be used.</summary>
    public void Validate(ICollection<string> problems)
    {
        Within(nameof(RefusalsPerKey), RefusalsPerKey, 0, SlidingWindow.MaxRequests);
        Within(nameof(RefusalsPerAddress), RefusalsPerAddress, 0, SlidingWindow.MaxRequests);
        Within(nameof(RefusalWindowSeconds), RefusalWindowSeconds, 1, 3_600);
        Within(nameof(KeylessPerAddress), KeylessPerAddress, 0, int.MaxValue);
        Within(nameof(StrangersPerAddress), StrangersPerAddress ?? 0, 0, int.MaxValue);
        Within(nameof(RedisTimeoutMs), RedisTimeoutMs, 1, 10_000);
        Within(nameof(RedisPauseMs), RedisPauseMs, 1, 600_000);
        Within(nameof(MaxLines), MaxLines, 1, int.MaxValue);

        void Within(string name, int value, int least, int most)
        {
            if (value < least || value > most)
                problems.Add($"Limits:{name} must be {least} to {most}.");
        }
    }
}
