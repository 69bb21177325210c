using System.Data.Common;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Forgets what has been kept long enough, every hour, a bounded number of rows in each transaction: audit entries, usage
/// counts, changes with their acknowledgements, gateways that ended and the routes they served, answers of
/// Idempotency-Keys, challenges nobody answered, sessions and sign-in codes. Several admin processes may do it at once.
/// </summary>
public sealed class Retention(
    AdminSettings settings,
    Database database,
    Schema schema,
    TimeProvider clock,
    ILogger<Retention> log
) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    // Not at the very start, when everything else wants the store too.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromMinutes(1);

    // A gateway retries a batch of counts for as long as the store is away; nobody's store is away for longer.
    private static readonly TimeSpan BatchesKept = TimeSpan.FromDays(7);

    /// <summary>Forgets everything that is due now.</summary>
    /// <returns>How many rows went.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var now = clock.Now();
        var oldChanges = await LimitOfChangesAsync(now - TimeSpan.FromDays(settings.Changes.KeepDays), ct);
        var oldUsage = now - TimeSpan.FromDays(settings.Usage.KeepDays);
        var oldAudit = now - TimeSpan.FromDays(settings.Audit.KeepDays);
        return await PruneAsync(s => s.PruneAuditAsync(oldAudit, ct), ct)
            + await PruneAsync(s => s.PruneUsageAsync(oldUsage, ct), ct)
            + await PruneAsync(s => s.PruneUsageBatchesAsync(now - BatchesKept, ct), ct)
            + await PruneAsync(s => s.PruneChangesAsync(oldChanges, ct), ct)
            + await PruneAsync(s => s.PruneFleetAsync(oldChanges, ct), ct)
            + await PruneAsync(s => s.PruneRoutesAsync(ct), ct)
            + await PruneAsync(s => s.PruneIdempotentAsync(now - Idempotency.Kept, ct), ct)
            + await PruneAsync(s => s.PruneChallengesAsync(now, ct), ct)
            + await PruneAsync(s => s.PruneConsoleSessionsAsync(now, ct), ct)
            + await PruneAsync(s => s.PruneSignInCodesAsync(now, ct), ct);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.WhenCurrentAsync(stoppingToken);
        var pause = FirstAfter;
        while (true)
        {
            await Task.Delay(pause, clock, stoppingToken);
            pause = Period;
            await TryRunAsync(stoppingToken);
        }
    }

    private async Task TryRunAsync(CancellationToken ct)
    {
        try
        {
            var rows = await RunAsync(ct);
            if (rows > 0)
                log.LogInformation("Forgot {Rows} rows that were kept long enough", rows);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            log.LogWarning("Nothing was forgotten; next try in an hour: {Problem}", e.Message);
        }
    }

    // A gateway that is behind would otherwise find a gap and have to start over.
    private Task<DateTimeOffset> LimitOfChangesAsync(DateTimeOffset before, CancellationToken ct) =>
        database.ReadAsync(
            async session =>
            {
                var open = await session.ListGatewaysAsync(openOnly: true, ct);
                if (open.Count == 0)
                    return before;
                var needed = await session.GetChangeAsync(open.Min(g => g.Applied), ct);
                return needed is not null && needed.At < before ? needed.At : before;
            },
            ct
        );

    private async Task<int> PruneAsync(Func<Session, Task<int>> prune, CancellationToken ct)
    {
        var all = 0;
        int some;
        do
        {
            some = await database.WriteAsync(prune, ct);
            all += some;
        } while (some > 0);
        return all;
    }
}
