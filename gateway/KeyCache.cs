using System.Collections.Concurrent;
using Gateway.Keys;
using Microsoft.Extensions.Caching.Memory;

namespace Gateway;

/// <summary>
/// Key records by credential, in memory. Cache facts, never verdicts: every check runs on every request.
/// <code>
///   hit     index of the credential → record                    no lock
///   miss    no key has its hash? then it is unknown          KnownHashes
///           join the look-up in flight, or start one:
///             1 note the change applied last
///             2 read the store
///             3 under the lock: was a change to that key or account applied since 1? then read again, else insert
///   change  under the lock: remember it, kill and evict what it touches, detach look-ups in flight
/// </code>
/// So an old record is never inserted after its change was applied, and a request from after a receipt never joins a
/// read from before it. Entries are found by a keyed 128-bit hash of the credential (<see cref="KeyIndex"/>): the
/// credential itself is never kept, and nobody who does not know this process's random key can aim for a collision.
/// </summary>
public sealed class KeyCache : IDisposable
{
    // A fill that met this many changes to its own key while it read gives up with 503: it is being changed in a loop.
    private const int MaxReads = 4;

    // Changes remembered to tell which of them touch a fill that returns late; a fill older than all of them reads again.
    private const int Remembered = 1024;

    // An unknown key is looked up again after this, should a rule of ours be wrong.
    private static readonly TimeSpan UnknownFor = TimeSpan.FromMinutes(1);

    private static readonly Task<CachedKey?> NoKey = Task.FromResult<CachedKey?>(null);

    private readonly Func<string, bool, Task<CachedKey?>> _read;
    private readonly KnownHashes _hashes;
    private readonly CacheOptions _options;
    private readonly KeyTable _known;
    private readonly MemoryCache _unknown;
    private readonly ConcurrentDictionary<string, CachedKey> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Fill> _inFlight = new(StringComparer.Ordinal);
    private readonly Change?[] _recent = new Change?[Remembered];
    private readonly Lock _gate = new();
    private long _applied;
    private long _hits;
    private long _misses;
    private int _waiting;
    private int _unprovenWaiting;
    private Generation _generation = new();

    // Entries of "unknown" hold the era they were remembered in; the next key that is made begins another.
    private object _era = new();

    /// <summary>An empty cache over a reader.</summary>
    public KeyCache(KeyReader reader, KnownHashes hashes, CacheOptions options)
        : this(reader.FindAsync, hashes, options) { }

    /// <summary>An empty cache over any way of reading, so that a test can hold a read back.</summary>
    internal KeyCache(Func<string, bool, Task<CachedKey?>> read, KnownHashes hashes, CacheOptions options)
    {
        (_read, _hashes, _options) = (read, hashes, options);
        _known = new KeyTable(options.MaxKeys);
        _unknown = new MemoryCache(new MemoryCacheOptions { SizeLimit = options.MaxUnknown });
    }

    /// <summary>Keys held.</summary>
    public int Count => _known.Count;

    /// <summary>Keys that a change to them would find; as many as are held.</summary>
    internal int Indexed => _byId.Count;

    /// <summary>Unknown keys remembered.</summary>
    public int UnknownCount => _unknown.Count;

    /// <summary>Requests whose key was held.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Look-ups that were started.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Number of the change applied last.</summary>
    public long Applied => Volatile.Read(ref _applied);

    /// <summary>Whether it is known what this credential is. Nothing is read, locked or allocated.</summary>
    /// <param name="index">The credential's index.</param>
    /// <param name="key">The record; null for a credential remembered as unknown.</param>
    public bool TryGet(ReadOnlySpan<char> index, out CachedKey? key)
    {
        if (_known.TryGet(index, out key) && !key.IsDead)
        {
            Interlocked.Increment(ref _hits);
            return true;
        }
        key = null;
        return _unknown.TryGetValue(index, out object? era) && era == Volatile.Read(ref _era);
    }

    /// <summary>The record of a key by its id, if it is held; null says nothing about the key.</summary>
    public CachedKey? Find(string keyId) => _byId.TryGetValue(keyId, out var key) && !key.IsDead ? key : null;

    /// <summary>Whether no key of the changes applied so far has this credential: it may be one that was made since.</summary>
    public bool IsExcluded(Presented credential) => _hashes.Excludes(credential);

    /// <summary>The record, read from the store unless someone else is reading it already, or no key can have this
    /// credential's hash; null when unknown. To be acted on under a lease.</summary>
    /// <exception cref="UndecidedException">The store did not answer, or too many are waiting for it.</exception>
    public Task<CachedKey?> FindAsync(string index, Presented credential)
    {
        var standing = _hashes.Look(credential);
        if (standing == Standing.Unknown)
            return NoKey;
        var isProven = standing == Standing.Proven;
        lock (_gate)
        {
            if (_inFlight.TryGetValue(index, out var running))
                return running.Result;
            // A look-up may have ended since the caller found nothing.
            if (_known.TryGet(index, out var held) && !held.IsDead)
                return Task.FromResult<CachedKey?>(held);
            // Those that were detached count too: they still wait for the store.
            if (_waiting >= _options.MaxWaiting)
                throw new UndecidedException("too many look-ups are waiting");
            if (!isProven && _unprovenWaiting >= _options.UnprovenOf(_options.MaxWaiting))
                throw new UndecidedException("too many look-ups of what may be no key are waiting");
            _waiting++;
            _unprovenWaiting += isProven ? 0 : 1;
            _misses++;
            var fill = new Fill(isProven);
            _inFlight.Add(index, fill);
            return fill.Result = Task.Run(() => FillAsync(fill, index, credential.Credential));
        }
    }

    /// <summary>Applies one change: from here on nothing is judged on what it made old.</summary>
    public void Apply(Change change)
    {
        lock (_gate)
        {
            _recent[change.Number % Remembered] = change;
            _inFlight.Clear();
            _hashes.Apply(change);
            if (change.Kind == ChangeKinds.KeyCreated)
                Volatile.Write(ref _era, new object());
            if (change.KeyId is not null)
                Evict(change.KeyId);
            else
                EvictAccount(change.AccountId);
            Volatile.Write(ref _applied, change.Number);
        }
    }

    /// <summary>The store answers again: look-ups from before are left to whoever waits for them already.</summary>
    public void Detach()
    {
        lock (_gate)
            _inFlight.Clear();
    }

    /// <summary>Drops everything and starts over after a change: at first, or when the database is another one.</summary>
    public void StartOver(long applied)
    {
        lock (_gate)
        {
            _generation = new Generation();
            foreach (var key in _byId.Values)
                key.Kill();
            _byId.Clear();
            _known.Clear();
            _unknown.Clear();
            _inFlight.Clear();
            _hashes.StartOver();
            Array.Clear(_recent);
            Volatile.Write(ref _era, new object());
            Volatile.Write(ref _applied, applied);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _unknown.Dispose();

    private async Task<CachedKey?> FillAsync(Fill fill, string index, string credential)
    {
        try
        {
            for (var read = 0; read < MaxReads; read++)
            {
                var start = Position();
                var key = await _read(credential, fill.IsProven);
                if (TryInsert(index, key, start))
                    return key;
            }
            throw new UndecidedException("it changes faster than it can be read");
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
                _unprovenWaiting -= fill.IsProven ? 0 : 1;
                if (_inFlight.GetValueOrDefault(index) == fill)
                    _inFlight.Remove(index);
            }
        }
    }

    private (Generation Generation, long Applied) Position()
    {
        lock (_gate)
            return (_generation, _applied);
    }

    private bool TryInsert(string index, CachedKey? key, (Generation Generation, long Applied) start)
    {
        lock (_gate)
        {
            if (start.Generation != _generation)
                return false;
            for (var number = start.Applied + 1; number <= _applied; number++)
            {
                if (_recent[number % Remembered] is not { } change || change.Number != number || Touches(change, key))
                    return false;
            }
            Insert(index, key);
            return true;
        }
    }

    private static bool Touches(Change change, CachedKey? key)
    {
        if (key is null)
            return change.Kind == ChangeKinds.KeyCreated;
        return change.KeyId is null ? change.AccountId == key.Record.AccountId : change.KeyId == key.Record.Id;
    }

    private void Insert(string index, CachedKey? key)
    {
        if (key is null)
        {
            using var entry = _unknown.CreateEntry(index);
            (entry.Value, entry.Size, entry.AbsoluteExpirationRelativeToNow) = (_era, 1, UnknownFor);
            return;
        }
        key.Index = index;
        _byId[key.Record.Id] = key;
        // For room, or for a newer record of the same key, which stays.
        if (_known.Add(key) is { } gone)
            _byId.TryRemove(new KeyValuePair<string, CachedKey>(gone.Record.Id, gone));
    }

    private void Evict(string keyId)
    {
        if (!_byId.TryRemove(keyId, out var key))
            return;
        key.Kill();
        _known.Remove(key);
    }

    // A walk over all keys: accounts change seldom, and an index by account would cost every key.
    private void EvictAccount(string? accountId)
    {
        foreach (var (id, key) in _byId)
        {
            if (key.Record.AccountId == accountId)
                Evict(id);
        }
    }

    private sealed class Fill(bool isProven)
    {
        public bool IsProven => isProven;

        public Task<CachedKey?> Result { get; set; } = Task.FromResult<CachedKey?>(null);
    }

    private sealed class Generation;
}
