using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>How many gateways there are, as far as the fleet's table tells: what one's share of a limit is, should Redis
/// fail. While the store does not answer either, it is what it was.</summary>
public sealed class LiveGateways(
    Database database,
    RedisLink redis,
    ChangeFollower follower,
    Lease lease,
    TimeProvider clock
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // One that has not renewed for as long, three leases by default, has ended without a word or judges no more.
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(15);

    private volatile int _live = 1;

    /// <summary>Gateways, this one included; 1 as long as nobody needs to know.</summary>
    public int Count => _live;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!redis.IsConfigured)
            return;
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            if (follower.Synced && follower.Problem is null)
                await CountAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CountAsync(CancellationToken stop)
    {
        // By the store's clock, which the rows are dated with.
        var since = lease.Now().Now - Gone;
        _live = Math.Max(1, await database.ReadAsync(s => s.CountOpenGatewaysAsync(since, stop), stop));
    }
}
