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
    private readonly ConcurrentQueue<UsageCell> _dirty = new();
    private readonly Dictionary<string, DateTimeOffset> _lastUsed = new(StringComparer.Ordinal);
    private readonly Dictionary<(string KeyId, DateTimeOffset Hour, string Outcome), long> _counts = [];
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private UsageBatch? _unsettled;
    private long _dropped;

    /// <summary>Outcome that accepted requests are counted under; refusals are counted under their code.</summary>
    public const string AcceptedOutcome = "allowed";

    /// <summary>Keys in line for the next batch.</summary>
    public int Pending => _dirty.Count + _lastUsed.Count;

    /// <summary>Rows of the last batch.</summary>
    public int LastFlushRows { get; private set; }

    /// <summary>Uses dropped because the store was away for too long.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Counts an accepted request.</summary>
    public void Accepted(UsageCell cell, Moment now)
    {
        if (cell.Accepted(now.Now.ToUnixTimeMilliseconds()))
            _dirty.Enqueue(cell);
    }

    /// <summary>Counts a refused request of a known key. One that failed because of the key's own state, or could not be
    /// decided, does not count as a use.</summary>
    public void Refused(UsageCell cell, DenyReason reason, Moment now)
    {
        var authenticated = Denials.For(reason).Status is 403 or 429;
        if (cell.Refused(reason, authenticated ? now.Now.ToUnixTimeMilliseconds() : 0))
            _dirty.Enqueue(cell);
    }

    /// <summary>Writes what was counted.</summary>
    /// <returns>Whether it is in the store.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellation = default)
    {
        await _flushing.WaitAsync(cancellation);
        try
        {
            Collect();
            _unsettled ??= TakeBatch();
            if (_unsettled is not { } batch)
                return true;
            await database.WriteUsageAsync(batch, cancellation);
            LastFlushRows = batch.LastUsed.Count + batch.Counts.Count;
            _unsettled = null;
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogKept(e.GetType().Name, Pending);
            return false;
        }
        finally
        {
            _flushing.Release();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Twice: the first may only settle a batch from before.
        if (await FlushAsync(cancellationToken))
            await FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.FlushSeconds), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await FlushAsync(stoppingToken);
    }

    private void Collect()
    {
        for (var left = _dirty.Count; left > 0 && _dirty.TryDequeue(out var cell); left--)
            Add(cell.KeyId, cell.Take());
    }

    private void Add(string keyId, UsageCounts counts)
    {
        if (_lastUsed.Count >= options.MaxPending && !_lastUsed.ContainsKey(keyId))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        var last = DateTimeOffset.FromUnixTimeMilliseconds(counts.LastUsedMs);
        // The hour of the last use stands for the whole batch: it is for charts.
        var at = counts.LastUsedMs == 0 ? clock.Now() : last;
        var hour = new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero);
        if (counts.LastUsedMs != 0 && (!_lastUsed.TryGetValue(keyId, out var known) || known < last))
            _lastUsed[keyId] = last;
        AddCount(keyId, hour, AcceptedOutcome, counts.Accepted);
        foreach (var (reason, count) in counts.Refused)
            AddCount(keyId, hour, Denials.For(reason).Code, count);
    }

    private void AddCount(string keyId, DateTimeOffset hour, string outcome, long count)
    {
        if (count > 0)
            _counts[(keyId, hour, outcome)] = _counts.GetValueOrDefault((keyId, hour, outcome)) + count;
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

    [LoggerMessage(1, LogLevel.Warning, "Uses could not be written ({Error}) and are kept: {Pending} keys wait")]
    private partial void LogKept(string error, int pending);
}
