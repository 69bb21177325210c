using System.Globalization;
using Gateway.Keys.Storage;
using StackExchange.Redis;

namespace Gateway.Admin;

/// <summary>
/// Publishes the number of a committed change, so that gateways look at once instead of at their next poll. Only a hint:
/// when Redis is away nothing is lost but that time, so failures are logged and otherwise ignored, and nobody waits.
/// Nothing else in this process talks to Redis.
/// </summary>
public sealed class RedisHint : IDisposable
{
    private readonly ILogger<RedisHint> _log;
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;

    /// <summary>Connects in the background at the first publish.</summary>
    public RedisHint(RedisOptions options, ILogger<RedisHint> log)
    {
        _log = log;
        _connection = new(() => ConnectionMultiplexer.ConnectAsync(options.Parse()));
    }

    /// <summary>Publishes; returns at once.</summary>
    public void Publish(long change) => _ = PublishAsync(change);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_connection is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            _connection.Value.Result.Dispose();
    }

    private async Task PublishAsync(long change)
    {
        try
        {
            var connection = await _connection.Value;
            var message = change.ToString(CultureInfo.InvariantCulture);
            await connection.GetSubscriber().PublishAsync(ChangeFeed.RedisChannel, message);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Not the message: it may quote the configuration, password and all.
            _log.LogWarning("The hint of change {Change} was not published ({Error})", change, e.GetType().Name);
        }
    }
}
