using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Where the requests of one key are counted until the next batch. Counting takes no lock and allocates nothing once a
/// reason was seen; a request never waits.
/// </summary>
public sealed class UsageCell(string keyId)
{
    private long _lastUsedMs;
    private long _accepted;
    private long[]? _refused;
    private int _queued;

    /// <summary>The key.</summary>
    public string KeyId => keyId;

    /// <summary>Counts an accepted request.</summary>
    /// <returns>True when the cell must be put in line for the next batch.</returns>
    public bool Accepted(long nowMs)
    {
        Interlocked.Increment(ref _accepted);
        return Used(nowMs);
    }

    /// <summary>Counts a refused request.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="nowMs">Now, when the key itself was good (it was used, if not successfully); 0 when it was not.</param>
    /// <returns>True when the cell must be put in line for the next batch.</returns>
    public bool Refused(DenyReason reason, long nowMs)
    {
        var counts =
            _refused ?? Interlocked.CompareExchange(ref _refused, new long[Denials.All.Count], null) ?? _refused;
        Interlocked.Increment(ref counts[(int)reason]);
        return nowMs == 0 ? Queue() : Used(nowMs);
    }

    /// <summary>Takes what was counted, leaving nothing. What is counted meanwhile goes with the next batch.</summary>
    public UsageCounts Take()
    {
        // In line again before the counts are read: a request that comes in between queues the cell once more.
        Volatile.Write(ref _queued, 0);
        Interlocked.MemoryBarrier();
        var refused = TakeRefused();
        return new UsageCounts(Volatile.Read(ref _lastUsedMs), Interlocked.Exchange(ref _accepted, 0), refused);
    }

    // Most keys are never refused.
    private IReadOnlyList<KeyValuePair<DenyReason, long>> TakeRefused()
    {
        if (_refused is not { } counts)
            return [];
        var refused = new List<KeyValuePair<DenyReason, long>>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (Interlocked.Exchange(ref counts[i], 0) is > 0 and var count)
                refused.Add(new((DenyReason)i, count));
        }
        return refused;
    }

    private bool Used(long nowMs)
    {
        // Never backwards: of two requests at once the later stays. At most one of a millisecond writes.
        var last = Volatile.Read(ref _lastUsedMs);
        while (nowMs > last)
        {
            var seen = Interlocked.CompareExchange(ref _lastUsedMs, nowMs, last);
            if (seen == last)
                break;
            last = seen;
        }
        return Queue();
    }

    private bool Queue() => Volatile.Read(ref _queued) == 0 && Interlocked.Exchange(ref _queued, 1) == 0;
}

/// <summary>What was counted for a key since the last batch.</summary>
/// <param name="LastUsedMs">Last use there ever was, milliseconds since 1970; 0 for none.</param>
/// <param name="Accepted">Requests accepted.</param>
/// <param name="Refused">Requests refused, by reason.</param>
public readonly record struct UsageCounts(
    long LastUsedMs,
    long Accepted,
    IReadOnlyList<KeyValuePair<DenyReason, long>> Refused
);
