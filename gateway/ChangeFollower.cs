using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// Follows the change feed and keeps the lease. One loop, one step at a time:
/// <code>
///   begin    commit a row of this incarnation, then read the head in a new transaction, then fill and judge
///   poll     read from the change applied last, that one included: is it still the same? apply the rest in order,
///            close the streams they refuse, then acknowledge
///   renew    every second: one committed write that returns the head; poll to the end of the feed; then extend the
///            lease, counted from before the write was sent
/// </code>
/// The poll, which each renewal begins, is the guarantee; hints (NOTIFY, commits to the SQLite file, Redis) only wake it
/// earlier. Another change where the last one was, a lower
/// head, a gap or a closed row say that this is not the database that was followed (failover, restore): everything
/// cached is dropped and a new incarnation begins.
/// <para>
/// A step that begins when the lease is over, or after a failure, asks on new connections: those of before may have died
/// while the process or the network slept, and that must not pass for a store that is down.
/// </para>
/// </summary>
public sealed partial class ChangeFollower(
    Database database,
    KeyCache cache,
    Lease lease,
    StreamChanges streams,
    RoutesFile routes,
    FleetIdentity identity,
    ChangeOptions options,
    TimeProvider clock,
    ILogger<ChangeFollower> log
) : BackgroundService
{
    /// <summary>A store that has not answered by then is taken for down.</summary>
    internal static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    // The embedded database is migrated at start, and waits for another process that is doing the same.
    private static readonly TimeSpan SchemaTimeout = TimeSpan.FromSeconds(30);

    // After a first failure, which may have been one dead connection, and after further ones.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Changes read or acknowledged at once: a page, so that a long absence is caught up in bounded memory.
    private const int PageSize = 500;

    // A second for a lease of five; shorter for a shorter one, so that a lost answer costs nothing.
    private readonly TimeSpan _renewalInterval = Min(TimeSpan.FromSeconds(1), options.Lease() / 5);

    private readonly StoreQuestions _store = new(clock);
    private readonly SharedRenewal _shared = new(clock);
    private readonly SharedPoll _polls = new(clock);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly List<AppliedChange> _toAcknowledge = [];
    private volatile string? _problem = "The store has not been asked yet.";
    private volatile bool _synced;
    private volatile Position? _position;
    private GatewayRow? _row;
    private string? _left;
    private int _failures;
    private long _head;
    private long _incarnations;

    /// <summary>Whether the first sync has been done: before it nothing can be judged.</summary>
    public bool Synced => _synced;

    /// <summary>Why the store could not be followed at the last attempt, in a sentence; null when it could.</summary>
    public string? Problem => _problem;

    /// <summary>The incarnation whose row is in the store; null before the first.</summary>
    public string? Incarnation => _position?.Incarnation;

    /// <summary>The newest change known of, applied or not.</summary>
    public long Head => Interlocked.Read(ref _head);

    /// <summary>Times it started over, the first included.</summary>
    public long Incarnations => Interlocked.Read(ref _incarnations);

    /// <summary>Polls sooner than planned.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount > 0)
            return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to wake already.
        }
    }

    /// <summary>Waits for one renewal that all callers share.</summary>
    /// <returns>Whether the lease holds again; false at once when an attempt has just failed.</returns>
    public Task<bool> RenewAsync() => _shared.WaitAsync(Wake);

    /// <summary>Waits for one poll that all callers share and that begins after they have called.</summary>
    /// <returns>Whether everything that was committed before the call is applied; false when the store does not say.</returns>
    public Task<bool> CatchUpAsync() => _polls.WaitAsync(Wake);

    /// <summary>Stops following and closes the row. The server has stopped by now, so it is closed after the last
    /// decision, and nobody waits for it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Also when the host has lost its patience: the loop must not take up another lease.
        await (ExecuteTask ?? Task.CompletedTask)
            .WaitAsync(AnswerTimeout, clock, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // A request that the server gave up on may still be running: it finds nothing to be judged by.
        lease.Void();
        if (_position is not { } position)
            return;
        try
        {
            await WriteAsync((s, ct) => s.CloseGatewayAsync(position.Incarnation, ct), CancellationToken.None);
        }
        catch (Exception e)
        {
            LogNotClosed(StoreQuestions.Describe(e));
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryStepAsync(stoppingToken);
            await PauseAsync(stoppingToken);
        }
    }

    private async Task TryStepAsync(CancellationToken stop)
    {
        var isLate = !lease.Holds(lease.Now());
        var served = _polls.Begins();
        try
        {
            if (isLate || _failures > 0)
                database.Refresh();
            await StepAsync(isLate, served, stop);
            if (_problem is not null && _synced)
                LogFollowing(Incarnation, Head);
            _problem = null;
        }
        catch (Exception e)
        {
            _polls.Failed(served);
            if (!stop.IsCancellationRequested)
                Fail(e, isLate);
        }
    }

    private async Task StepAsync(bool isLate, TaskCompletionSource<bool>? served, CancellationToken stop)
    {
        if (_position is null)
        {
            await BeginAsync(stop);
            served?.TrySetResult(true);
            return;
        }
        if (isLate || _shared.IsWanted || clock.GetElapsedTime(_position.RenewedAt) >= _renewalInterval)
            await RenewOnceAsync(stop);
        else
            while (await PollAsync(stop)) { }
        served?.TrySetResult(true);
        await CloseStreamsAsync(stop);
        await AcknowledgeAsync(stop);
        _failures = 0;
    }

    private async Task BeginAsync(CancellationToken stop)
    {
        await _store.AskAsync(EnsureSchemaAsync, SchemaTimeout, stop);
        // Kept for the next attempt when it is not known whether it came through: a row nobody renews is waited for.
        var row = _row ??= identity.NewRow(options.Lease(), routes.MaxStalenessInForce, clock.Now());
        await WriteAsync(
            async (session, ct) =>
            {
                if (_left is { } before)
                    await session.CloseGatewayAsync(before, ct);
                await session.InsertGatewayAsync(row, ct);
            },
            stop
        );
        // From here on whoever commits a change sees the row and waits for it; what was committed before is in the head.
        var (head, last) = await ReadAsync(ReadHeadAsync, stop);
        cache.StartOver(head);
        streams.NoteEverything();
        await CloseStreamsAsync(stop);
        _position = new Position(row.Incarnation, last);
        (_row, _left) = (null, null);
        Interlocked.Exchange(ref _head, head);
        Interlocked.Increment(ref _incarnations);
        await RenewOnceAsync(stop);
        // Not none: should this feed be broken too, and the next, it is not started over in a loop.
        _failures = Math.Min(_failures, 1);
    }

    private async Task<bool> EnsureSchemaAsync(CancellationToken ct)
    {
        if (database.Dialect == Dialect.Sqlite)
            await Migrator.MigrateAsync(database, ct);
        var schema = await Migrator.CheckAsync(database, ct);
        return schema.IsCurrent ? true : throw new SchemaException(schema);
    }

    private static async Task<(long Head, string? LastId)> ReadHeadAsync(Session session, CancellationToken ct)
    {
        var head = await session.GetHeadAsync(ct);
        if (head == 0)
            return (0, null);
        var last = await session.GetChangeAsync(head, ct);
        return (head, last?.Id ?? throw new FeedBrokenException($"the head is {head}, but there is no such change"));
    }

    private async Task RenewOnceAsync(CancellationToken stop)
    {
        var (position, length, staleness) = (_position!, options.Lease(), routes.MaxStalenessInForce);
        _shared.Begins();
        lease.Shorten(staleness);
        var (sent, number, applied) = (lease.Now(), position.NextRenewal(), cache.Applied);
        // The row says what receipts may rely on: not what is applied here but has not closed its streams yet.
        var settled = _toAcknowledge is [var first, ..] ? first.Change.Number - 1 : applied;
        position.RenewedAt = sent.Timestamp;
        var renewal = await WriteAtOnceAsync(
            (s, ct) => s.RenewGatewayAsync(position.Incarnation, number, settled, length, staleness, ct),
            stop
        );
        var received = lease.Now();
        if (renewal is null)
            throw new FeedBrokenException("the row of this gateway is closed or gone");
        if (renewal.Head < applied)
            throw new FeedBrokenException($"the head went back from {applied} to {renewal.Head}");
        await CatchUpAsync(renewal.Head, stop);
        if (_failures > 0 || !lease.Holds(received))
            cache.Detach();
        lease.Extend(sent, received, renewal.StoreNow, length, staleness);
        _synced = true;
        // One whose answer came after its lease was over, because the process stood still, has renewed nothing.
        if (lease.Holds(lease.Now()))
            _shared.Succeeded();
        else
            Wake();
    }

    // Reads at least once, for a head that has not moved may be another database's; and to the end, for a renewal waits for
    // its commit: what is committed meanwhile is not in its head, and whoever committed it may have read the row as it was
    // before, with a shorter staleness.
    private async Task CatchUpAsync(long head, CancellationToken stop)
    {
        NoteHead(head);
        while (await PollAsync(stop)) { }
        if (cache.Applied < head)
            throw new FeedBrokenException($"the head is {head}, but changes end at {cache.Applied}");
    }

    // Tells whether there may be more.
    private async Task<bool> PollAsync(CancellationToken stop)
    {
        var (position, applied) = (_position!, cache.Applied);
        var changes = await ReadAsync((s, ct) => s.ReadChangesAsync(applied, PageSize + 1, ct), stop);
        var next = 0;
        if (position.LastId is not null)
        {
            if (changes.Count == 0 || changes[0].Number != applied || changes[0].Id != position.LastId)
                throw new FeedBrokenException($"change {applied} is not the one that was applied");
            next = 1;
        }
        for (; next < changes.Count; next++)
            Apply(position, changes[next]);
        return changes.Count > PageSize;
    }

    private void Apply(Position position, Change change)
    {
        if (change.Number != cache.Applied + 1)
            throw new FeedBrokenException($"change {change.Number} follows {cache.Applied}");
        cache.Apply(change);
        var applied = new AppliedChange(change);
        streams.Note(applied);
        position.LastId = change.Id;
        NoteHead(change.Number);
        _toAcknowledge.Add(applied);
    }

    private Task CloseStreamsAsync(CancellationToken stop) =>
        streams.SettleAsync(ids => ReadAsync((s, ct) => s.FindKeysByIdAsync(ids, ct), stop));

    // What fails here stays in line; written twice, it counts once.
    private async Task AcknowledgeAsync(CancellationToken stop)
    {
        while (_toAcknowledge.Count > 0)
        {
            (long, int)[] page = [.. _toAcknowledge.Take(PageSize).Select(a => (a.Change.Number, a.StreamsClosed))];
            await WriteAtOnceAsync((s, ct) => s.AcknowledgeAsync(_position!.Incarnation, page, ct), stop);
            _toAcknowledge.RemoveRange(0, page.Length);
        }
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        var pause = _failures switch
        {
            0 => _renewalInterval,
            1 => FirstPause,
            _ => Pause,
        };
        Task woken = _wake.WaitAsync(pause, stop);
        await woken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Fail(Exception e, bool isLate)
    {
        var problem = StoreQuestions.Describe(e);
        if (e is FeedBrokenException)
        {
            problem = $"Starting over, everything cached is dropped: {e.Message}.";
            Forget();
        }
        _failures++;
        // Once, not every second of an outage.
        if (problem != _problem)
            LogProblem(problem);
        _problem = problem;
        // What was begun while the lease held was asked on old connections, and is asked again before anybody is told.
        if (isLate)
            _shared.Failed();
    }

    private void Forget()
    {
        lease.Void();
        cache.StartOver(0);
        _toAcknowledge.Clear();
        (_left, _row, _position) = (_position?.Incarnation ?? _row?.Incarnation, null, null);
    }

    private void NoteHead(long number)
    {
        if (number > Head)
            Interlocked.Exchange(ref _head, number);
    }

    private Task<T> ReadAsync<T>(Func<Session, CancellationToken, Task<T>> read, CancellationToken stop) =>
        _store.AskAsync(ct => database.ReadAsync(s => read(s, ct), ct), AnswerTimeout, stop);

    private Task<T> WriteAsync<T>(Func<Session, CancellationToken, Task<T>> write, CancellationToken stop) =>
        _store.AskAsync(ct => database.WriteAsync(s => write(s, ct), ct), AnswerTimeout, stop);

    // A process that is paused must not keep its own row locked: then nobody could close it, and no receipt be complete.
    private Task<T> WriteAtOnceAsync<T>(Func<Session, CancellationToken, Task<T>> write, CancellationToken stop) =>
        _store.AskAsync(ct => database.WriteAtOnceAsync(s => write(s, ct), ct), AnswerTimeout, stop);

    private Task WriteAsync(Func<Session, CancellationToken, Task> write, CancellationToken stop) =>
        WriteAsync(
            async (session, ct) =>
            {
                await write(session, ct);
                return true;
            },
            stop
        );

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(1, LogLevel.Information, "Following the change feed as {Incarnation} from change {Head}")]
    private partial void LogFollowing(string? incarnation, long head);

    [LoggerMessage(2, LogLevel.Error, "The change feed cannot be followed. {Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "The gateway's row could not be closed, receipts wait for its lease. {Problem}"
    )]
    private partial void LogNotClosed(string problem);

    /// <summary>Where this incarnation is in the feed; only the loop writes to it.</summary>
    private sealed class Position(string incarnation, string? lastId)
    {
        private long _renewals;

        public string Incarnation { get; } = incarnation;
        public string? LastId { get; set; } = lastId;
        public long RenewedAt { get; set; }

        public long NextRenewal() => ++_renewals;
    }

    private sealed class FeedBrokenException(string message) : Exception(message);
}
