using System.Collections.Concurrent;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// "Last used", and requests and refusals by key and hour. Recorded in memory, coalesced per key and written in batches;
/// no request ever waits for it. A batch has a number of its own: when its commit is unknown the same batch is written
/// again under the same number, and the store counts it once. While the store is away what was counted waits, bounded;
/// past the bound it is dropped, and the drops are counted.
/// </summary>
public sealed partial class UsageRecorder(
    Database database,
    LastUsedOptions options,
    TimeProvider clock,
    ILogger<UsageRecorder> log
) : BackgroundService
{
    // Rows of counts for each key that may wait: accepted and a few refusals, or one of them over a few hours.
    private const int CountsPerKey = 4;

    // The store gets this long for the last batch, and again after each part of it that it takes for as long as the host
    // waits: what it has time for is not lost, and a process that is told to stop stops without it too.
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<UsageCell> _dirty = new();
    private readonly Dictionary<string, DateTimeOffset> _lastUsed = new(StringComparer.Ordinal);
    private readonly Dictionary<(string KeyId, DateTimeOffset Hour, string Outcome), long> _counts = [];
    private readonly SemaphoreSlim _flushing = new(1, 1);

    // Of the batch that is not settled, and used again for the next: as long as there are keys.
    private readonly List<LastUse> _drained = [];
    private UsageBatch? _unsettled;
    private int _waiting;
    private int _lastFlushRows;
    private long _dropped;

    /// <summary>Cells and rows in line for the next batch.</summary>
    public int Pending => _dirty.Count + Volatile.Read(ref _waiting);

    /// <summary>Rows of the last batch.</summary>
    public int LastFlushRows => Volatile.Read(ref _lastFlushRows);

    /// <summary>Rows dropped because the store was away for too long.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Counts an accepted request.</summary>
    public void Accepted(UsageCell cell, Moment now)
    {
        if (options.Record && cell.Accepted(now.UnixMs))
            _dirty.Enqueue(cell);
    }

    /// <summary>Counts a refused request of a known key. One that failed because of the key's own state, or could not be
    /// decided, does not count as a use.</summary>
    public void Refused(UsageCell cell, DenyReason reason, Moment now)
    {
        if (!options.Record)
            return;
        var authenticated = Denials.For(reason).Status is 403 or 429;
        if (cell.Refused(reason, authenticated ? now.UnixMs : 0))
            _dirty.Enqueue(cell);
    }

    /// <summary>Writes what was counted.</summary>
    /// <returns>Whether it is in the store.</returns>
    public Task<bool> FlushAsync(CancellationToken cancellation = default) => FlushAsync(null, cancellation);

    private async Task<bool> FlushAsync(Action? stored, CancellationToken cancellation)
    {
        await _flushing.WaitAsync(cancellation);
        try
        {
            if (_unsettled is null && RowsWaiting == 0)
                _unsettled = Drain();
            else
                Collect();
            _unsettled ??= TakeBatch();
            NoteWaiting();
            if (_unsettled is not { } batch)
                return true;
            await database.WriteUsageAsync(batch, stored, cancellation);
            Volatile.Write(ref _lastFlushRows, RowsOf(batch));
            _unsettled = null;
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogKept(StoreQuestions.Describe(e), Pending);
            return false;
        }
        finally
        {
            NoteWaiting();
            _flushing.Release();
        }
    }

    /// <summary>Writes what is left, for as long as the store is given for it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            // Not the host's token: it may be over, because requests took all the time there was to finish.
            using var timeout = new CancellationTokenSource(LastFlush, clock);
            await Task.Run(() => FlushAllAsync(Stored, timeout.Token), CancellationToken.None).WaitAsync(timeout.Token);
            void Stored()
            {
                if (!cancellationToken.IsCancellationRequested)
                    timeout.CancelAfter(LastFlush);
            }
        }
        catch (OperationCanceledException)
        {
            // Said below.
        }
        if (Pending > 0)
            LogLost(Pending);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.FlushSeconds), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await FlushAsync(stoppingToken);
    }

    // Twice: the first may only settle a batch from before.
    private async Task FlushAllAsync(Action stored, CancellationToken cancellation)
    {
        if (await FlushAsync(stored, cancellation))
            await FlushAsync(stored, cancellation);
    }

    // As it goes while the store is there: every cell in line is of another key, but for one that was read again, and the
    // store adds up what is of the same. Nothing is looked up for that, so a flush of many keys costs their requests little.
    private UsageBatch? Drain()
    {
        var (hour, counts) = (CurrentHour(), new List<UsageCount>());
        _drained.Clear();
        for (var left = _dirty.Count; left > 0 && _dirty.TryDequeue(out var cell); left--)
        {
            var taken = cell.Take();
            // Without a last use nothing was allowed: the key's own state refused whatever came.
            if (taken.LastUsedMs > 0)
                Drain(cell.KeyId, taken);
            foreach (var (reason, count) in taken.Refused)
            {
                if (HasRoom(counts.Count, MaxCounts))
                    counts.Add(new(cell.KeyId, hour, Denials.For(reason).Code, count));
            }
        }
        return _drained.Count + counts.Count == 0
            ? null
            : new UsageBatch(Ids.Random(), _drained, counts) { Hour = hour };
    }

    private void Drain(string keyId, UsageCounts taken)
    {
        if (HasRoom(_drained.Count, options.MaxPending))
            _drained.Add(new(keyId, DateTimeOffset.FromUnixTimeMilliseconds(taken.LastUsedMs), taken.Accepted));
        else if (taken.Accepted > 0)
            Interlocked.Increment(ref _dropped); // its count, too
    }

    private bool HasRoom(int rows, long most)
    {
        if (rows < most)
            return true;
        Interlocked.Increment(ref _dropped);
        return false;
    }

    private long MaxCounts => (long)options.MaxPending * CountsPerKey;

    // The hour of the batch stands for all of it: it is for charts.
    private DateTimeOffset CurrentHour()
    {
        var now = clock.GetUtcNow();
        return new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
    }

    // While the store is away: what comes is added to what waits.
    private void Collect()
    {
        var hour = CurrentHour();
        for (var left = _dirty.Count; left > 0 && _dirty.TryDequeue(out var cell); left--)
            Add(cell.KeyId, cell.Take(), hour);
    }

    private void Add(string keyId, UsageCounts counts, DateTimeOffset hour)
    {
        if (counts.LastUsedMs > 0)
            AddLastUsed(keyId, DateTimeOffset.FromUnixTimeMilliseconds(counts.LastUsedMs));
        AddCount(keyId, hour, UsageStore.Allowed, counts.Accepted);
        foreach (var (reason, count) in counts.Refused)
            AddCount(keyId, hour, Denials.For(reason).Code, count);
    }

    private void AddLastUsed(string keyId, DateTimeOffset at)
    {
        var isKnown = _lastUsed.TryGetValue(keyId, out var known);
        if (!isKnown && _lastUsed.Count >= options.MaxPending)
            Interlocked.Increment(ref _dropped);
        else if (!isKnown || known < at)
            _lastUsed[keyId] = at;
    }

    private void AddCount(string keyId, DateTimeOffset hour, string outcome, long count)
    {
        var row = (keyId, hour, outcome);
        if (count == 0)
            return;
        if (!_counts.TryGetValue(row, out var known) && _counts.Count >= MaxCounts)
            Interlocked.Increment(ref _dropped);
        else
            _counts[row] = known + count;
    }

    private UsageBatch? TakeBatch()
    {
        if (_lastUsed.Count == 0 && _counts.Count == 0)
            return null;
        var batch = new UsageBatch(
            Ids.Random(),
            [.. _lastUsed.Select(u => new LastUse(u.Key, u.Value))],
            [.. _counts.Select(c => new UsageCount(c.Key.KeyId, c.Key.Hour, c.Key.Outcome, c.Value))]
        );
        _lastUsed.Clear();
        _counts.Clear();
        return batch;
    }

    private void NoteWaiting() => Volatile.Write(ref _waiting, RowsWaiting + RowsOf(_unsettled));

    private int RowsWaiting => _lastUsed.Count + _counts.Count;

    private static int RowsOf(UsageBatch? batch) => batch?.Rows ?? 0;

    [LoggerMessage(1, LogLevel.Warning, "Uses could not be written and are kept, {Pending} rows wait. {Problem}")]
    private partial void LogKept(string problem, int pending);

    [LoggerMessage(2, LogLevel.Error, "Uses are lost, because the store did not take them in time: {Pending} rows")]
    private partial void LogLost(int pending);
}
