using System.Data.Common;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Publishes the hash of this process's roles, peppers and environments at start, as soon as the store takes it:
/// a gateway that runs with others says so in its <c>/readyz</c>.</summary>
public sealed class SettingsNotice(Database database, Schema schema, AdminSettings settings, TimeProvider clock)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.WhenCurrentAsync(stoppingToken);
        var hash = SettingsHash.Compute(settings.Keys, settings.Roles);
        while (!await TryPublishAsync(hash, stoppingToken))
            await Task.Delay(Pause, clock, stoppingToken);
    }

    private async Task<bool> TryPublishAsync(string hash, CancellationToken stop)
    {
        try
        {
            await database.WriteAsync(s => s.PublishSettingsAsync(PublishedSettings.Admin, hash, stop), stop);
            return true;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            return false;
        }
    }
}
