using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// Looks who else runs with other roles, peppers or environments: the admin API or another gateway. Such a fleet gives
/// one key two meanings, so it is said in <c>/readyz</c>; requests go on, for it may be the middle of a roll-out.
/// </summary>
public sealed class SettingsWatch(
    Database database,
    ChangeFollower follower,
    Lease lease,
    FleetIdentity identity,
    TimeProvider clock
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A gateway that has not renewed for as long has ended without a word.
    private static readonly TimeSpan Gone = TimeSpan.FromMinutes(1);

    private volatile IReadOnlyList<string> _others = [];

    /// <summary>Who runs with other settings, as last seen; empty when nobody does.</summary>
    public IReadOnlyList<string> Others => _others;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // The follower says what is wrong with the store; here the last answer stays.
            if (follower.Synced && follower.Problem is null)
                await LookAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        // By the store's clock, which the rows are dated with.
        var since = lease.Now().Now - Gone;
        _others = await database.ReadAsync(s => s.ListOtherSettingsAsync(identity.SettingsHash, since, stop), stop);
    }
}
