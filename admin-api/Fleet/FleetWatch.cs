using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Waits, for whoever asks, until a change is in force at every gateway. One loop for the whole process:
/// <code>
/// somebody waits   read rows and acknowledgements every millisecond, slower as time passes
/// nobody waits     read rows every 500 ms, so that a gateway that stands still has been seen to
/// after each read  1 close the rows of the lost  2 judge every receipt that was asked for before the read began
/// </code>
/// A lost gateway's row is closed, on condition that its counter still stands where it stood: then no renewal that was
/// sent long ago can come through after its receipt was called complete.
/// </summary>
public sealed class FleetWatch(
    Database database,
    Schema schema,
    TimeProvider clock,
    IHostApplicationLifetime lifetime,
    ILogger<FleetWatch> log
) : BackgroundService
{
    // A gateway on a quiet machine has acknowledged within some five milliseconds, and a look takes about one.
    private static readonly TimeSpan Eager = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patient = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);

    // Longer than any read takes: a receipt that was asked for without waiting still rests on one read.
    private static readonly TimeSpan OneRead = TimeSpan.FromMilliseconds(250);

    // However many wait while a gateway is away, a look is a few questions: nobody's receipt waits for the number of
    // others that somebody else asks for.
    private const int ChangesAtOnce = 500;

    private readonly FleetSight _sight = new(clock);
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private readonly SemaphoreSlim _wake = new(0);
    private bool _namesKnown;
    private volatile bool _healthy = true;

    private sealed class Waiter(long change, long committed)
    {
        public long Change => change;
        public long Committed => committed;
        public Propagation Last { get; set; } = Propagation.Unknown(change);
        public TaskCompletionSource Complete { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Judged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Whether the store answered when the fleet was looked at last.</summary>
    public bool StoreAnswers => schema.IsCurrent && _healthy;

    /// <summary>The receipt of a committed change: as soon as it is complete, or as it stands when the wait is over.</summary>
    /// <param name="change">Number of the change; it has been committed.</param>
    /// <param name="wait">How long to wait for it to be complete.</param>
    public async Task<Propagation> WaitAsync(long change, TimeSpan wait)
    {
        var waiter = new Waiter(change, clock.GetTimestamp());
        lock (_lock)
            _waiting.Add(waiter);
        _wake.Release();
        try
        {
            var stopping = lifetime.ApplicationStopping;
            await waiter.Judged.Task.WaitAsync(wait > OneRead ? wait : OneRead, clock, stopping);
            var left = wait - clock.GetElapsedTime(waiter.Committed);
            if (left > TimeSpan.Zero)
                await waiter.Complete.Task.WaitAsync(left, clock, stopping);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Time is up, or the process is to stop and must not wait for this: the answer says "complete": false.
        }
        finally
        {
            lock (_lock)
                _waiting.Remove(waiter);
        }
        return waiter.Last;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.WhenCurrentAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            List<Waiter> waiters;
            lock (_lock)
                waiters = [.. _waiting];
            var healthy = await TryLookAsync(waiters, stoppingToken);
            await _wake.WaitAsync(healthy ? Pause() : Patient, stoppingToken);
            // Many may have come meanwhile; one look serves them all.
            while (_wake.Wait(0, CancellationToken.None)) { }
        }
    }

    private async Task<bool> TryLookAsync(List<Waiter> waiters, CancellationToken ct)
    {
        try
        {
            await using (var session = await database.OpenAsync(ct))
            {
                _sight.Observe(await session.ListGatewaysAsync(openOnly: _namesKnown, ct));
                _namesKnown = true;
                foreach (var some in waiters.GroupBy(w => w.Change).Chunk(ChangesAtOnce))
                    await JudgeAsync(session, some, ct);
            }
            await CloseLostAsync(ct);
            if (!_healthy)
                log.LogInformation("The store answers again");
            return _healthy = true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // The others may have died too, and nobody is to find that out one by one once the store is back.
            database.Refresh();
            if (_healthy)
                log.LogWarning("The store does not answer; receipts stay incomplete: {Problem}", e.Message);
            return _healthy = false;
        }
    }

    private async Task JudgeAsync(Session session, IGrouping<long, Waiter>[] changes, CancellationToken ct)
    {
        var all = await session.ListAcknowledgementsAsync([.. changes.Select(c => c.Key)], ct);
        var byChange = all.ToLookup(a => a.ChangeNumber);
        foreach (var waiter in changes.SelectMany(c => c))
        {
            waiter.Last = _sight.Judge(waiter.Change, [.. byChange[waiter.Change]], waiter.Committed);
            waiter.Judged.TrySetResult();
            if (waiter.Last.Complete)
                waiter.Complete.TrySetResult();
        }
    }

    private async Task CloseLostAsync(CancellationToken ct)
    {
        foreach (var row in _sight.Lost())
        {
            if (!await database.WriteAsync(s => s.CloseLostGatewayAsync(row.Incarnation, row.Renewals, ct), ct))
                continue;
            log.LogWarning("Gateway {Id} ({Incarnation}) is lost; its row is closed", row.InstanceId, row.Incarnation);
            _sight.Forget(row);
        }
    }

    // An eighth of the youngest wait: eager for what was written just now, patient with what takes its time.
    private TimeSpan Pause()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
                return Idle;
            var waited = clock.GetElapsedTime(_waiting[^1].Committed) / 8;
            return waited < Eager ? Eager
                : waited > Patient ? Patient
                : waited;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }
}
