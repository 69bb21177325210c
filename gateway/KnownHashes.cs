using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>What is known of a credential that is not in memory.</summary>
public enum Standing
{
    /// <summary>Nothing says that it is a key: the hashes are not all known yet.</summary>
    Unproven,

    /// <summary>It is a key, but for a rare coincidence.</summary>
    Proven,

    /// <summary>It is no key.</summary>
    Unknown,
}

/// <summary>
/// The hashes of all keys, so that made-up keys cost the store nothing and take no turn from a key that is cold.
/// <code>
///   start over   forget all                                    the feed begins, or is another one
///   begin        an empty filter; every change applied from    KnownHashesLoader
///                here on is added to it
///   fill         page after page of all keys there are
///   complete     it answers
///   apply        a change that names a key adds its hash,      KeyCache.Apply, before `applied` moves on
///                to the one that answers and the one that
///                is filled
/// </code>
/// <para>
/// Once complete it holds every key of the changes applied so far. Their transactions had committed either before it was
/// begun, and no row ever goes away or changes its hash or id, so the page with it was read after; or they were applied
/// after, and added. Whether the pages show a key whose change is applied later does not matter.
/// </para>
/// <para>
/// So "unknown", under a lease, says the same as an "unknown" that was read from the store and remembered: no change that
/// is applied made such a key. Whoever makes one waits, before the answer is called complete, until this gateway has
/// acknowledged it, which is after it was applied, or until its lease is over. A request that starts later sees it, though
/// it may hold on to a filter that has been replaced meanwhile: that one had everything that was applied when the request
/// took it up. Whoever is told that a key is made before its receipt is complete may use it at once all the same: before
/// a key is called unknown, <see cref="KeyGate"/> waits for a poll. Nothing of this is remembered, so no key made later
/// can be hidden by it; look-ups under way, joined or detached, are of keys the filter did not exclude, and go by the
/// rules of <see cref="KeyCache"/>.
/// </para>
/// <para>
/// A key whose pepper this process lacks has a hash that says nothing here. It is entered by its display prefix, which
/// is asked for too: whoever shares it is looked up, and the store's answer is "cannot be decided" as ever.
/// </para>
/// </summary>
public sealed class KnownHashes(KeyHasher hasher, KeyFormat format)
{
    private readonly HashSet<string> _peppers = new(hasher.PepperIds, StringComparer.Ordinal);
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly Lock _gate = new();
    private volatile BloomFilter? _complete;
    private volatile BloomFilter? _filling;
    private bool _isFollowing;
    private long _answers;

    /// <summary>Keys in it.</summary>
    public long Count => (_complete ?? _filling)?.Count ?? 0;

    /// <summary>Bytes it takes, those of one that is being filled included.</summary>
    public long Bytes => (_complete?.Bytes ?? 0) + (_filling?.Bytes ?? 0);

    /// <summary>Whether it answers.</summary>
    public bool IsComplete => _complete is not null;

    /// <summary>Credentials it said "unknown" of.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>Whether it should be loaded: the feed is followed, and there is none, or too small a one.</summary>
    internal bool IsWanted => Volatile.Read(ref _isFollowing) && _complete is not { IsOutgrown: false };

    /// <summary>What is known of a credential; what it says of unknown ones may be acted on under a lease.</summary>
    public Standing Look(Presented credential)
    {
        var complete = _complete;
        if ((complete ?? _filling) is not { } filter)
            return Standing.Unproven;
        if (MayHold(filter, credential))
            return Standing.Proven;
        if (complete is null)
            return Standing.Unproven;
        Interlocked.Increment(ref _answers);
        return Standing.Unknown;
    }

    /// <summary>The same, of unknown ones alone, and uncounted.</summary>
    public bool Excludes(Presented credential) => _complete is { } complete && !MayHold(complete, credential);

    /// <summary>Forgets all: from here on another feed is followed, or the same from another place.</summary>
    internal void StartOver()
    {
        lock (_gate)
        {
            (_complete, _filling) = (null, null);
            Volatile.Write(ref _isFollowing, true);
        }
        _wanted.Release();
    }

    /// <summary>Enters the key a change names; called before the change counts as applied.</summary>
    internal void Apply(Change change)
    {
        if (change.KeyHash is not { } hash)
            return;
        lock (_gate)
        {
            foreach (var filter in new[] { _complete, _filling })
            {
                if (filter is not null)
                    Add(filter, hash, change.PepperId, change.KeyPrefix);
            }
        }
    }

    /// <summary>Waits until it may be wanted.</summary>
    internal Task WhenWantedAsync(TimeSpan atMost, CancellationToken stop) => _wanted.WaitAsync(atMost, stop);

    /// <summary>Begins an empty filter: what is committed from here on is in the pages or in the changes.</summary>
    internal BloomFilter Begin(long capacity)
    {
        var filter = new BloomFilter(capacity);
        lock (_gate)
            _filling = filter;
        return filter;
    }

    /// <summary>Enters a page.</summary>
    /// <returns>False when all was forgotten meanwhile, and the filter with it.</returns>
    internal bool Fill(BloomFilter filter, List<HashedKey> page)
    {
        lock (_gate)
        {
            if (_filling != filter)
                return false;
            foreach (var key in page)
                Add(filter, key.Hash, key.PepperId, key.KeyPrefix);
            return true;
        }
    }

    /// <summary>Every page is entered: it answers from here on.</summary>
    internal void Complete(BloomFilter filter)
    {
        lock (_gate)
        {
            if (_filling == filter)
                (_complete, _filling) = (filter, null);
        }
    }

    private void Add(BloomFilter filter, byte[] hash, string? pepperId, string? keyPrefix)
    {
        if (pepperId is not null && !_peppers.Contains(pepperId))
            filter.Add(HashOf(keyPrefix ?? ""));
        else
            filter.Add(hash);
    }

    private bool MayHold(BloomFilter filter, Presented credential)
    {
        credential.Hashes ??= [.. hasher.Candidates(credential.Credential), PrefixHashOf(credential.Credential)];
        foreach (var hash in credential.Hashes)
        {
            if (filter.MayHold(hash))
                return true;
        }
        return false;
    }

    private byte[] PrefixHashOf(string credential) => HashOf(format.DisplayPrefix(credential));

    private static byte[] HashOf(string keyPrefix) => SHA256.HashData(Encoding.UTF8.GetBytes(keyPrefix));
}
