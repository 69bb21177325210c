using Gateway.Keys;
using Gateway.Keys.Storage;
using StackExchange.Redis;

namespace Gateway;

/// <summary>
/// All that this process says to Redis, over one connection: it hears of changes, which only shortens their way, and counts
/// the limits that gateways share. Nothing depends on it. A Redis that does not answer in time is not asked again until it
/// has answered a question of this loop, so that no request waits for it but those that found out.
/// One server; cluster and sentinel are not supported.
/// </summary>
public sealed partial class RedisLink(
    RedisOptions options,
    LimitOptions limits,
    ChangeFollower follower,
    TimeProvider clock,
    ILogger<RedisLink> log
) : BackgroundService
{
    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(limits.RedisTimeoutMs);
    private readonly TimeSpan _pause = TimeSpan.FromMilliseconds(limits.RedisPauseMs);
    private volatile IDatabase? _database;
    private volatile byte[] _script = [];
    private int _isLost;
    private long _failures;

    /// <summary>Whether there is to be one.</summary>
    public bool IsConfigured => options.IsSet;

    /// <summary>Whether it answers, as far as is known.</summary>
    public bool IsUsable => _database is not null;

    /// <summary>Questions it did not answer, or not in time.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Counts a request in the window that all gateways share.</summary>
    /// <returns>Null when Redis does not say.</returns>
    public async ValueTask<LimitAnswer?> TakeAsync(KeyLimit limit)
    {
        if (_database is not { } database)
            return null;
        try
        {
            var told = await EvaluateAsync(database, limit).WaitAsync(_patience, clock);
            return new LimitAnswer(told[0] == 1, (int)told[1], TimeSpan.FromMilliseconds(told[2]));
        }
        catch (Exception e) // Whatever it is, it is not the request's fault.
        {
            Lost(e);
            return null;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.IsSet)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Lost(e);
                await Task.Delay(_pause, clock, stoppingToken);
            }
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(options.Parse());
        // Else answers wait for what others do with theirs.
        redis.PreserveAsyncOrder = false;
        // After a reconnect messages may have been missed: look at once.
        redis.ConnectionRestored += (_, _) => follower.Wake();
        await redis.GetSubscriber().SubscribeAsync(ChangeFeed.RedisChannel, (_, _) => follower.Wake());
        try
        {
            while (true)
            {
                if (!IsUsable)
                    await TryAsync(redis);
                await Task.Delay(_pause, clock, stop);
            }
        }
        finally
        {
            _database = null;
        }
    }

    private async Task TryAsync(ConnectionMultiplexer redis)
    {
        try
        {
            var server = redis.GetServer(redis.GetEndPoints()[0]);
            _script = await server.ScriptLoadAsync(SharedWindow.Script).WaitAsync(_patience, clock);
            var database = redis.GetDatabase();
            // One that is full, or a replica, or whose rules deny us the key, takes the script and then refuses to count.
            await database
                .ScriptEvaluateAsync(_script, SharedWindow.ProbeKeys, SharedWindow.ProbeValues)
                .WaitAsync(_patience, clock);
            _database = database;
            if (Interlocked.Exchange(ref _isLost, 0) == 1)
                LogBack();
        }
        catch (Exception e)
        {
            Lost(e);
        }
    }

    private async Task<long[]> EvaluateAsync(IDatabase database, KeyLimit limit)
    {
        RedisKey[] keys = [SharedWindow.KeyOf(limit)];
        RedisValue[] values = [limit.Requests, limit.WindowSeconds];
        try
        {
            return (long[])await database.ScriptEvaluateAsync(_script, keys, values);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // It was restarted since, or its scripts were flushed.
            var server = database.Multiplexer.GetServer(database.Multiplexer.GetEndPoints()[0]);
            _script = await server.ScriptLoadAsync(SharedWindow.Script);
            return (long[])await database.ScriptEvaluateAsync(_script, keys, values);
        }
    }

    // Said once, not for every request of an outage. The message is left out: it may quote the configuration, password
    // and all.
    private void Lost(Exception e)
    {
        _database = null;
        Interlocked.Increment(ref _failures);
        if (Interlocked.Exchange(ref _isLost, 1) == 0)
            LogLost(e.GetType().Name);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Redis does not answer ({Error}): changes are found by polling, limits are kept by share, until it does"
    )]
    private partial void LogLost(string error);

    [LoggerMessage(2, LogLevel.Information, "Redis answers again: limits are shared")]
    private partial void LogBack();
}
