namespace Gateway.Tests;

/// <summary>The rules of the key cache, each with its place in the code.</summary>
[Flags]
public enum CacheRules
{
    None = 0,

    /// <summary>A look-up inserts only what no applied change has touched since it began. <c>KeyCache.TryInsert</c>.</summary>
    CheckBeforeInsert = 1 << 0,

    /// <summary>A change detaches look-ups under way: nobody joins them any more. <c>KeyCache.Apply</c>.</summary>
    DetachLookUps = 1 << 1,

    /// <summary>A change evicts the record it made old. <c>KeyCache.Apply</c>.</summary>
    EvictOnApply = 1 << 2,

    /// <summary>A new incarnation drops all that is cached and every look-up. <c>KeyCache.StartOver</c>.</summary>
    DropOnNewIncarnation = 1 << 3,

    /// <summary>"Unknown" is remembered until the next key is made. <c>KeyCache.TryGet</c>, the era.</summary>
    UnknownUntilNextKey = 1 << 4,

    /// <summary>And said only under a lease. <c>KeyGate.ConcludeStale</c>.</summary>
    UnknownUnderLease = 1 << 5,

    /// <summary>The filters learn of a key before its change counts as applied. <c>KnownHashes.Apply</c>.</summary>
    FilterBeforeApplied = 1 << 6,

    /// <summary>So does the one that is still being filled. <c>KnownHashes.Apply</c>.</summary>
    FilterWhileFilled = 1 << 7,

    /// <summary>A new incarnation drops the filters too. <c>KnownHashes.StartOver</c>.</summary>
    FilterStartsOver = 1 << 8,

    All = (1 << 9) - 1,
}
