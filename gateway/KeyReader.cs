using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>It could not be decided: a technical reason, never a bad credential. Answered 503.</summary>
public sealed class UndecidedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Reads one key from the store. A flood must not become a flood there, and a slow store must pile nothing up: look-ups
/// at once are bounded, so is the wait for a turn, so is the look-up. A look-up that is given up keeps its turn until the
/// store or the driver lets go of it.
/// <para>
/// Credentials of which nothing says that they are keys never take the last turns, so that a flood of them leaves some to
/// keys that are cold. There are none once all hashes are known (<see cref="KnownHashes"/>).
/// </para>
/// </summary>
public sealed class KeyReader(
    Database database,
    KeyFormat format,
    KeyHasher hasher,
    Roles roles,
    KeyOptions keyOptions,
    CacheOptions options,
    TimeProvider clock
) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(options.MaxLookups);
    private readonly SemaphoreSlim _unproven = new(options.UnprovenOf(options.MaxLookups));
    private long _lookups;
    private long _failures;

    /// <summary>Look-ups made since the start.</summary>
    public long Lookups => Volatile.Read(ref _lookups);

    /// <summary>Look-ups that failed since the start.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Look-ups that the store has not let go of.</summary>
    public int Running => options.MaxLookups - _turns.CurrentCount;

    /// <summary>The key this credential is of, compiled; null when there is none.</summary>
    /// <param name="credential">A well-formed credential.</param>
    /// <param name="isProven">Whether something says that it is a key.</param>
    /// <exception cref="UndecidedException">The store did not answer, or the record cannot be judged here.</exception>
    public Task<CachedKey?> FindAsync(string credential, bool isProven) =>
        AskAsync((s, ct) => FindAsync(s, credential, ct), isProven);

    /// <summary>The key of this id, compiled; null when there is none.</summary>
    /// <exception cref="UndecidedException">The store did not answer, or the record cannot be judged here.</exception>
    public Task<CachedKey?> GetAsync(string id) =>
        AskAsync(
            async (s, ct) => await s.FindKeysByIdAsync([id], ct) is [var facts] ? Compile(facts) : (CachedKey?)null,
            isProven: true
        );

    private async Task<CachedKey?> AskAsync(Func<Session, CancellationToken, Task<CachedKey?>> ask, bool isProven)
    {
        if (!await TryTakeTurnAsync(isProven))
            throw Failed("no turn for a look-up", null);
        Interlocked.Increment(ref _lookups);
        try
        {
            var patience = TimeSpan.FromMilliseconds(options.LookupTimeoutMs);
            return await Task.Run(() => ReadAsync(ask, isProven, patience)).WaitAsync(patience, clock);
        }
        catch (FormatException e)
        {
            throw Failed(e.Message, e);
        }
        catch (Exception e) // Whatever it is, it is not the key's fault.
        {
            throw Failed("the store did not answer", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turns.Dispose();
        _unproven.Dispose();
    }

    private async Task<bool> TryTakeTurnAsync(bool isProven)
    {
        var wait = options.LookupWaitMs;
        if (isProven)
            return await _turns.WaitAsync(wait);
        var started = Environment.TickCount64;
        if (!await _unproven.WaitAsync(wait))
            return false;
        if (await _turns.WaitAsync(Math.Max(0, wait - (int)(Environment.TickCount64 - started))))
            return true;
        _unproven.Release();
        return false;
    }

    private async Task<CachedKey?> ReadAsync(
        Func<Session, CancellationToken, Task<CachedKey?>> ask,
        bool isProven,
        TimeSpan patience
    )
    {
        try
        {
            using var timeout = new CancellationTokenSource(patience);
            return await database.ReadAsync(s => ask(s, timeout.Token), timeout.Token);
        }
        finally
        {
            _turns.Release();
            if (!isProven)
                _unproven.Release();
        }
    }

    private async Task<CachedKey?> FindAsync(Session session, string credential, CancellationToken ct)
    {
        var facts = await session.FindKeyByHashAsync(hasher.Candidates(credential), ct);
        if (facts is not null && hasher.Match(credential, facts.Key) == HashMatch.Yes)
            return Compile(facts);
        if (await session.HasForeignPepperAsync(format.DisplayPrefix(credential), hasher.PepperIds, ct))
            throw new FormatException("the key may be one that was hashed under a pepper this process does not have");
        return null;
    }

    /// <summary>Makes what was read ready to be judged by.</summary>
    /// <exception cref="FormatException">It cannot be judged by here.</exception>
    internal CachedKey Compile(KeyFacts facts)
    {
        if (!format.TryGetEnvironment(facts.Key.Environment, out var environment) || environment is null)
            throw new FormatException("the key is of an environment this process does not have");
        return new CachedKey(facts, roles, keyOptions, environment);
    }

    private UndecidedException Failed(string why, Exception? inner)
    {
        Interlocked.Increment(ref _failures);
        return new UndecidedException(why, inner);
    }
}
