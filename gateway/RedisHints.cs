using Gateway.Keys.Storage;
using StackExchange.Redis;

namespace Gateway;

/// <summary>
/// Wakes the follower as a change is published on Redis. Only a hint: with Redis down everything works, slower to
/// propagate where the store cannot notify. Nothing else in this process talks to Redis.
/// </summary>
public sealed partial class RedisHints(
    RedisOptions options,
    ChangeFollower follower,
    TimeProvider clock,
    ILogger<RedisHints> log
) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.IsSet)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SubscribeAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The message is left out: it may quote the configuration, password and all.
                LogLost(e.GetType().Name);
                await Task.Delay(RetryAfter, clock, stoppingToken);
            }
        }
    }

    private async Task SubscribeAsync(CancellationToken stop)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(options.Parse());
        // After a reconnect messages may have been missed: look at once.
        redis.ConnectionRestored += (_, _) => follower.Wake();
        await redis.GetSubscriber().SubscribeAsync(ChangeFeed.RedisChannel, (_, _) => follower.Wake());
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, stop);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Redis cannot be followed ({Error}): changes are found by polling until it returns"
    )]
    private partial void LogLost(string error);
}
