using System.Data.Common;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Sees to the schema: the embedded database is migrated at start, and again when it could not be reached; Postgres is
/// left to <c>admin-api migrate</c>. The process starts either way and is not ready until the schema is current.
/// </summary>
public sealed class Schema(Database database, ILogger<Schema> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _current = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the schema has been found to be the one this program needs. Until then nothing is read or written:
    /// what a newer release has made of the database, this one could misread.</summary>
    public bool IsCurrent => _current.Task.IsCompleted;

    /// <summary>Returns once <see cref="IsCurrent"/>.</summary>
    public Task WhenCurrentAsync(CancellationToken ct) => _current.Task.WaitAsync(ct);

    /// <summary>What is in the way; null when nothing is. Asks the store each time.</summary>
    public async Task<string?> CheckAsync(CancellationToken ct = default)
    {
        try
        {
            var status = await Migrator.CheckAsync(database, ct);
            if (!status.IsCurrent)
                return status.Message;
            _current.TrySetResult();
            return null;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            return "The store does not answer.";
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await TryPrepareAsync(cancellationToken))
            await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        do await Task.Delay(Pause, stoppingToken);
        while (!await TryPrepareAsync(stoppingToken));
    }

    private async Task<bool> TryPrepareAsync(CancellationToken ct)
    {
        try
        {
            if (database.Dialect == Dialect.Sqlite)
                await Migrator.MigrateAsync(database, ct);
            var status = await Migrator.CheckAsync(database, ct);
            if (status.IsCurrent)
                _current.TrySetResult();
            else
                log.LogWarning("Not ready: {Problem}", status.Message);
            return status.IsCurrent;
        }
        catch (Exception e) when (e is DbException or TimeoutException or SchemaException)
        {
            log.LogWarning("Not ready: {Problem}", e.Message);
            return false;
        }
    }
}
