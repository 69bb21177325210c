using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>It could not be decided: a technical reason, never a bad credential. Answered 503.</summary>
public sealed class UndecidedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Reads one key from the store. A flood must not become a flood there, and a slow store must pile nothing up: look-ups
/// at once are bounded, so is the wait for a turn, so is the look-up. A look-up that is given up keeps its turn until the
/// store or the driver lets go of it.
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
    private long _lookups;
    private long _failures;

    /// <summary>Look-ups made since the start.</summary>
    public long Lookups => Volatile.Read(ref _lookups);

    /// <summary>Look-ups that failed since the start.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>The key this credential is of, compiled; null when there is none.</summary>
    /// <exception cref="UndecidedException">The store did not answer, or the record cannot be judged here.</exception>
    public async Task<CachedKey?> FindAsync(string credential)
    {
        if (!await _turns.WaitAsync(options.LookupWaitMs))
            throw Failed("no turn for a look-up", null);
        Interlocked.Increment(ref _lookups);
        try
        {
            var patience = TimeSpan.FromMilliseconds(options.LookupTimeoutMs);
            return await Task.Run(() => ReadAsync(credential, patience)).WaitAsync(patience, clock);
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
    public void Dispose() => _turns.Dispose();

    private async Task<CachedKey?> ReadAsync(string credential, TimeSpan patience)
    {
        try
        {
            using var timeout = new CancellationTokenSource(patience);
            return await database.ReadAsync(s => FindAsync(s, credential, timeout.Token), timeout.Token);
        }
        finally
        {
            _turns.Release();
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

    private CachedKey Compile(KeyFacts facts)
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
