using System.Net;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// What refusals may cost. A key that is refused with 403 over and over is being tried out; an address from which key after
/// key is unknown is guessing; what is no key by its checksum costs nothing and is told for nothing. Past a budget such a
/// refusal is 429, which tells nothing further. Only refusals are counted and only they are changed: a request that is
/// allowed never comes here, whatever its key or its address has spent.
/// </summary>
public sealed class RefusalBudgets(LimitOptions options, TimeProvider clock)
{
    private readonly long[] _addresses = new long[AddressCells.Count];
    private readonly SlidingWindow _window = new(options.RefusalWindowSeconds, clock.TimestampFrequency);
    private readonly string _keyPolicy = LimitFields.Policy(
        LimitFields.KeyRefusals,
        options.RefusalsPerKey,
        options.RefusalWindowSeconds
    );
    private readonly string _addressPolicy = LimitFields.Policy(
        LimitFields.AddressRefusals,
        options.RefusalsPerAddress,
        options.RefusalWindowSeconds
    );
    private long _keysLimited;
    private long _addressesLimited;

    /// <summary>403s that became 429.</summary>
    public long KeysLimited => Interlocked.Read(ref _keysLimited);

    /// <summary>Unknown keys that became 429.</summary>
    public long AddressesLimited => Interlocked.Read(ref _addressesLimited);

    /// <summary>Charges the refusal of a known key.</summary>
    /// <param name="context">The request; gets the fields of a spent budget.</param>
    /// <param name="reason">Why it is refused.</param>
    /// <param name="key">The key; null for none.</param>
    /// <param name="now">Timestamp of the request.</param>
    /// <returns>What to answer.</returns>
    public DenyReason Charge(HttpContext context, DenyReason reason, CachedKey? key, long now)
    {
        var isCharged = key is not null && options.RefusalsPerKey > 0 && Denials.For(reason).Status == 403;
        if (!isCharged || IsWithin(ref key!.Refusals, options.RefusalsPerKey, now, out var answer))
            return reason;
        Interlocked.Increment(ref _keysLimited);
        RateLimiter.Write(context.Response.Headers, LimitFields.KeyRefusals, _keyPolicy, answer);
        return DenyReason.RateLimited;
    }

    /// <summary>Charges an address for a key that is unknown.</summary>
    /// <inheritdoc cref="Charge"/>
    public DenyReason ChargeUnknown(HttpContext context, IPAddress client, long now)
    {
        if (
            options.RefusalsPerAddress == 0
            || IsWithin(ref _addresses[AddressCells.Of(client)], options.RefusalsPerAddress, now, out var answer)
        )
            return DenyReason.InvalidApiKey;
        Interlocked.Increment(ref _addressesLimited);
        RateLimiter.Write(context.Response.Headers, LimitFields.AddressRefusals, _addressPolicy, answer);
        return DenyReason.RateLimited;
    }

    private bool IsWithin(ref long word, int limit, long now, out LimitAnswer answer) =>
        _window.TryTake(ref word, limit, now, out answer) && answer.Admitted;
}
