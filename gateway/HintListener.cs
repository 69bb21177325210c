using Gateway.Keys.Storage;
using Npgsql;

namespace Gateway;

/// <summary>
/// Wakes the follower as Postgres notifies of a change. Only a hint: whatever is lost here, the poll finds.
/// </summary>
public sealed partial class HintListener(
    Database database,
    ChangeFollower follower,
    TimeProvider clock,
    ILogger<HintListener> log
) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // A connection that hears nothing for as long is asked whether it still lives: a network may swallow it silently.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!database.Dialect.HasNotify)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var end = new Deadline(Timeout.InfiniteTimeSpan, stoppingToken);
                await ListenAsync(end.Token);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogLost(e.GetType().Name);
                await Task.Delay(RetryAfter, clock, stoppingToken);
            }
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        await using var connection = (NpgsqlConnection)await database.Source.OpenConnectionAsync(stop);
        connection.Notification += (_, _) => follower.Wake();
        await ExecuteAsync(connection, "listen " + ChangeFeed.Channel, stop);
        // What came before the LISTEN was not heard.
        follower.Wake();
        while (true)
        {
            if (!await connection.WaitAsync(Silence, stop))
                await ExecuteAsync(connection, "select 1", stop);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(stop);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Notifications are lost ({Error}): changes are found by polling until they return"
    )]
    private partial void LogLost(string error);
}
