using Gateway.Keys.Storage;
using StackExchange.Redis;

namespace Gateway;

/// <summary>Settings under <c>Redis</c>.</summary>
public sealed class RedisOptions
{
    /// <summary>Where Redis is, in StackExchange.Redis' own words (<c>host:port,password=…,ssl=true</c>); empty for
    /// none: everything works without.</summary>
    public string Configuration { get; set; } = "";
}

/// <summary>
/// Wakes the follower as a change is published on Redis. Only a hint: with Redis down everything works, slower to
/// propagate where the store cannot notify. All use of Redis in this process is in this file.
/// </summary>
public sealed partial class RedisHints(
    RedisOptions options,
    ChangeFollower follower,
    TimeProvider clock,
    ILogger<RedisHints> log
) : BackgroundService
{
    // Redis is on the way of no request; a slow one must only not hold up the start or the stop.
    private const int TimeoutMs = 1_000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Adds a line when the configuration cannot be read.</summary>
    internal static void Check(RedisOptions options, ICollection<string> problems)
    {
        try
        {
            if (options.Configuration.Length > 0)
                ConfigurationOptions.Parse(options.Configuration);
        }
        catch (ArgumentException)
        {
            // The message is not passed on: it may quote a password.
            problems.Add("Redis:Configuration cannot be read.");
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Configuration.Length == 0)
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
        var configuration = ConfigurationOptions.Parse(options.Configuration);
        (configuration.AbortOnConnectFail, configuration.ConnectTimeout, configuration.SyncTimeout) = (
            false,
            TimeoutMs,
            TimeoutMs
        );
        using var redis = await ConnectionMultiplexer.ConnectAsync(configuration);
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
