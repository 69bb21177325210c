using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// Reads the hashes of all keys beside everything else: nothing waits for it, so the time to the first answer does not
/// grow with the number of keys. Page by page, and nothing is left open in between, so that no reader holds SQLite's log.
/// </summary>
public sealed partial class KnownHashesLoader(
    Database database,
    KnownHashes known,
    TimeProvider clock,
    ILogger<KnownHashesLoader> log
) : BackgroundService
{
    /// <summary>Keys the first filter is made for: 32 KiB. One that turns out too small is begun again, larger; what was
    /// read for nothing is a third of what is read in the end.</summary>
    internal const int FirstCapacity = 16_384;
    private const int Growth = 4;

    // A page is read in some ten milliseconds, and is a few megabytes of garbage at most.
    private const int PageSize = 5_000;

    // Keys that were put into the store past the admin API, by a restore say, have no change that tells of them.
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // After a failure, and between two looks whether it is outgrown.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly StoreQuestions _store = new(clock);
    private long _loadedAt;
    private bool _failing;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await known.WhenWantedAsync(Pause, stoppingToken);
            if (known.IsWanted || (known.IsComplete && clock.GetElapsedTime(_loadedAt) >= AgainAfter))
                await TryLoadAsync(stoppingToken);
        }
    }

    private async Task TryLoadAsync(CancellationToken stop)
    {
        try
        {
            await LoadAsync(stop);
            _failing = false;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Once, not every second of an outage.
            if (!_failing)
                LogFailed(StoreQuestions.Describe(e));
            _failing = true;
        }
    }

    private async Task LoadAsync(CancellationToken stop)
    {
        var capacity = Math.Max(FirstCapacity, known.IsComplete ? known.Count * 2 : 0);
        while (!await TryFillAsync(known.Begin(capacity), stop))
            capacity *= Growth;
    }

    // False when it is too small.
    private async Task<bool> TryFillAsync(BloomFilter filter, CancellationToken stop)
    {
        for (var after = ""; ; )
        {
            var page = await ReadAsync(after, stop);
            if (!known.Fill(filter, page))
                return true; // started over: another load is wanted already
            if (filter.IsOutgrown)
                return false;
            if (page.Count < PageSize)
                break;
            after = page[^1].Id;
        }
        if (!known.IsComplete)
            LogComplete(filter.Count);
        known.Complete(filter);
        _loadedAt = clock.GetTimestamp();
        return true;
    }

    private Task<List<HashedKey>> ReadAsync(string after, CancellationToken stop) =>
        _store.AskAsync(ct => database.ReadAsync(s => s.ListHashedKeysAsync(after, PageSize, ct), ct), Patience, stop);

    [LoggerMessage(1, LogLevel.Information, "The hashes of all keys are known ({Count}): unknown keys cost no look-up")]
    private partial void LogComplete(long count);

    [LoggerMessage(2, LogLevel.Warning, "The hashes of all keys cannot be read, unknown keys are looked up. {Problem}")]
    private partial void LogFailed(string problem);
}
