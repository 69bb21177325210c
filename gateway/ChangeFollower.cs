using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// Follows the change feed and keeps the lease. One loop, one step at a time:
/// <code>
///   begin    commit a row of this incarnation, then read the head in a new transaction, then fill and judge
///   poll     read from the change applied last, that one included: is it still the same? apply the rest in order,
///            then acknowledge
///   renew    every second: one committed write that returns the head; apply up to that head; then extend the lease,
///            counted from before the write was sent
/// </code>
/// The poll is the guarantee; hints (NOTIFY, Redis) only wake it earlier. Another change where the last one was, a lower
/// head, a gap or a closed row say that this is not the database that was followed (failover, restore): everything
/// cached is dropped and a new incarnation begins.
/// </summary>
public sealed partial class ChangeFollower(
    Database database,
    KeyCache cache,
    Lease lease,
    FleetIdentity identity,
    ChangeOptions options,
    TimeProvider clock,
    ILogger<ChangeFollower> log
) : BackgroundService
{
    // Several renewals fit into a lease, so that one lost answer costs nothing.
    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(1);

    // A store that has not answered a renewal by then is taken for down; requests wait no longer than this.
    private static readonly TimeSpan RenewalTimeout = TimeSpan.FromSeconds(1);

    // After a failed renewal requests are judged on what is cached for this long before one waits for another attempt.
    private static readonly TimeSpan FailureHolds = TimeSpan.FromSeconds(2);

    // Changes read at once: a page, so that a long absence is caught up in bounded memory.
    private const int PageSize = 500;

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly List<(long Change, int StreamsClosed)> _toAcknowledge = [];
    private TaskCompletionSource<bool> _renewal = NewRenewal();
    private TimeSpan _maxStaleness = options.DefaultMaxStaleness;
    private bool _renewalWanted;
    private long _failedAt;
    private Position? _position;

    /// <summary>Whether the first sync has been done: before it nothing can be judged.</summary>
    public bool Synced { get; private set; }

    /// <summary>Why the store could not be followed at the last attempt; null when it could.</summary>
    public string? Problem { get; private set; } = "not yet connected to the store";

    /// <summary>The incarnation whose row is in the store; null before the first.</summary>
    public string? Incarnation => _position?.Incarnation;

    /// <summary>The newest change known of, applied or not.</summary>
    public long Head { get; private set; }

    /// <summary>Times it started over, the first included.</summary>
    public long Incarnations { get; private set; }

    /// <summary>Polls sooner than planned.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to wake already.
        }
    }

    /// <summary>
    /// Waits for one renewal that all callers share.
    /// </summary>
    /// <returns>Whether the lease holds again; false at once when an attempt has just failed.</returns>
    public async Task<bool> RenewAsync()
    {
        if (HasJustFailed())
            return false;
        var renewal = Volatile.Read(ref _renewal).Task;
        Volatile.Write(ref _renewalWanted, true);
        Wake();
        try
        {
            return await renewal.WaitAsync(RenewalTimeout, clock);
        }
        catch (TimeoutException)
        {
            Volatile.Write(ref _failedAt, clock.GetTimestamp());
            return false;
        }
    }

    /// <summary>
    /// Records a longer <c>MaxStaleness</c> and returns once a renewal has committed it: only then may a route use it,
    /// because receipts of gateways that are cut off are computed from the recorded one.
    /// </summary>
    public async Task RecordStalenessAsync(TimeSpan longest, CancellationToken cancellation)
    {
        if (longest > _maxStaleness)
            _maxStaleness = longest;
        while (Synced && !await RenewAsync())
            await Task.Delay(RenewalInterval, clock, cancellation);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_position is not { } position)
            return;
        try
        {
            // The server has stopped by now: this row is closed after the last decision, and nobody waits for it.
            await database.WriteAsync(
                s => s.CloseGatewayAsync(position.Incarnation, cancellationToken),
                cancellationToken
            );
        }
        catch (Exception e)
        {
            LogNotClosed(e.GetType().Name);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await StepAsync(stoppingToken);
                Problem = null;
            }
            catch (FeedBrokenException e)
            {
                LogStartOver(e.Message);
                Forget();
                Problem = "starting over: " + e.Message;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Fail(e);
            }
            await WaitAsync(stoppingToken);
        }
    }

    private async Task StepAsync(CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(RenewalTimeout);
        if (_position is null)
            await BeginAsync(timeout.Token);
        else if (Volatile.Read(ref _renewalWanted) || IsRenewalDue())
            await RenewOnceAsync(timeout.Token);
        else
            await PollAsync(timeout.Token);
    }

    private async Task BeginAsync(CancellationToken ct)
    {
        await EnsureSchemaAsync(ct);
        var row = identity.NewRow(options.Lease(), _maxStaleness, clock.Now());
        await database.WriteAsync(s => s.InsertGatewayAsync(row, ct), ct);
        await database.ReadAsync(
            async session =>
            {
                var head = await session.GetHeadAsync(ct);
                var last = head == 0 ? null : await session.GetChangeAsync(head, ct);
                if (head != 0 && last is null)
                    throw new FeedBrokenException($"the head is {head}, but there is no such change");
                cache.StartOver(head);
                _position = new Position(row.Incarnation, last?.Id);
                Head = head;
                return true;
            },
            ct
        );
        Incarnations++;
        await RenewOnceAsync(ct);
        Synced = true;
        LogFollowing(row.Incarnation, Head);
    }

    private async Task EnsureSchemaAsync(CancellationToken ct)
    {
        if (database.Dialect == Dialect.Sqlite)
            await Migrator.MigrateAsync(database, ct);
        var schema = await Migrator.CheckAsync(database, ct);
        if (!schema.IsCurrent)
            throw new SchemaException(schema);
    }

    private bool IsRenewalDue() => clock.GetElapsedTime(_position!.RenewedAt) >= RenewalInterval;

    private async Task RenewOnceAsync(CancellationToken ct)
    {
        var position = _position!;
        var length = options.Lease();
        Volatile.Write(ref _renewalWanted, false);
        var waiting = Interlocked.Exchange(ref _renewal, NewRenewal());
        try
        {
            var sent = lease.Now();
            position.RenewedAt = sent.Timestamp;
            var renewal = await database.WriteAsync(
                s => s.RenewGatewayAsync(position.Incarnation, cache.Applied, length, _maxStaleness, ct),
                ct
            );
            var received = lease.Now();
            if (renewal is null)
                throw new FeedBrokenException("the row of this gateway is closed or gone");
            if (renewal.Head < cache.Applied)
                throw new FeedBrokenException($"the head went back from {cache.Applied} to {renewal.Head}");
            await CatchUpAsync(renewal.Head, ct);
            lease.Extend(sent, received, renewal.StoreNow, length);
            Volatile.Write(ref _failedAt, 0);
            waiting.TrySetResult(true);
        }
        finally
        {
            waiting.TrySetResult(false);
        }
    }

    private async Task CatchUpAsync(long head, CancellationToken ct)
    {
        Head = Math.Max(Head, head);
        while (cache.Applied < head)
        {
            var before = cache.Applied;
            await PollAsync(ct);
            if (cache.Applied == before)
                throw new FeedBrokenException($"the head is {head}, but changes end at {before}");
        }
    }

    private async Task PollAsync(CancellationToken ct)
    {
        var position = _position!;
        var changes = await database.ReadAsync(s => s.ReadChangesAsync(cache.Applied, PageSize + 1, ct), ct);
        var next = 0;
        if (position.LastId is not null)
        {
            if (changes.Count == 0 || changes[0].Number != cache.Applied || changes[0].Id != position.LastId)
                throw new FeedBrokenException($"change {cache.Applied} is not the one that was applied");
            next = 1;
        }
        for (; next < changes.Count; next++)
        {
            var change = changes[next];
            if (change.Number != cache.Applied + 1)
                throw new FeedBrokenException($"change {change.Number} follows {cache.Applied}");
            cache.Apply(change);
            position.LastId = change.Id;
            Head = Math.Max(Head, change.Number);
            _toAcknowledge.Add((change.Number, 0));
        }
        await AcknowledgeAsync(position.Incarnation, ct);
    }

    private async Task AcknowledgeAsync(string incarnation, CancellationToken ct)
    {
        if (_toAcknowledge.Count == 0)
            return;
        await database.WriteAsync(s => s.AcknowledgeAsync(incarnation, _toAcknowledge, ct), ct);
        _toAcknowledge.Clear();
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        if (!Volatile.Read(ref _renewalWanted) || Problem is not null)
        {
            var wait = Problem is null ? database.Dialect.PollInterval : RenewalInterval;
            try
            {
                await _wake.WaitAsync(wait, stop);
            }
            catch (OperationCanceledException)
            {
                // Stopping.
            }
        }
    }

    private void Forget()
    {
        lease.Void();
        cache.StartOver(0);
        _toAcknowledge.Clear();
        _position = null;
    }

    private void Fail(Exception e)
    {
        if (Problem is null || e is SchemaException)
            LogStoreFailed(e is SchemaException ? e.Message : e.GetType().Name);
        Problem = e is SchemaException ? e.Message : "the store does not answer";
        Volatile.Write(ref _failedAt, clock.GetTimestamp());
        Interlocked.Exchange(ref _renewal, NewRenewal()).TrySetResult(false);
    }

    private bool HasJustFailed() =>
        Volatile.Read(ref _failedAt) is not 0 and var at && clock.GetElapsedTime(at) < FailureHolds;

    private static TaskCompletionSource<bool> NewRenewal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1, LogLevel.Information, "Following the change feed as {Incarnation} from change {Head}")]
    private partial void LogFollowing(string incarnation, long head);

    [LoggerMessage(2, LogLevel.Warning, "Starting over, everything cached is dropped: {Why}")]
    private partial void LogStartOver(string why);

    [LoggerMessage(3, LogLevel.Error, "The store cannot be followed: {Error}")]
    private partial void LogStoreFailed(string error);

    [LoggerMessage(4, LogLevel.Warning, "The gateway's row could not be closed ({Error}): receipts wait for its lease")]
    private partial void LogNotClosed(string error);

    private sealed class Position(string incarnation, string? lastId)
    {
        public string Incarnation { get; } = incarnation;
        public string? LastId { get; set; } = lastId;
        public long RenewedAt { get; set; }
    }

    private sealed class FeedBrokenException(string message) : Exception(message);
}
