using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// Tells the store which routes this gateway serves, at start and whenever they change, so that people see what the fleet
/// demands and whether all of it demands the same. Nobody waits for it: no request, no receipt and no readiness. What could
/// not be written is tried again for as long as it takes.
/// </summary>
public sealed partial class RoutesNotice(
    Database database,
    ChangeFollower follower,
    RoutesFile routes,
    TimeProvider clock,
    ILogger<RoutesNotice> log
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A refusal (a role that may not write it, say) lasts, and is not asked about every second.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    private readonly StoreQuestions _store = new(clock);
    private Told? _told;
    private bool _failed;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var pause = await TryTellAsync(stoppingToken) ? Interval : AfterFailure;
            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    /// <summary>Tells what is new, if anything is.</summary>
    /// <returns>Whether the store has it.</returns>
    internal async Task<bool> TryTellAsync(CancellationToken stop)
    {
        // The row comes first: the store takes no routes of a gateway it does not know. The follower says what is wrong
        // with a store.
        if (follower.Incarnation is not { } incarnation || follower.Problem is not null)
            return true;
        var now = new Told(incarnation, routes.Served, routes.LastError is not null);
        if (now == _told)
            return true;
        try
        {
            var table = PublishedRoutes.Of(RouteFacts.Of(now.Routes), now.FileRefused);
            await _store.AskAsync(
                async ct =>
                {
                    await database.WriteAsync(s => s.PublishRoutesAsync(incarnation, table, ct), ct);
                    return true;
                },
                AnswerTimeout,
                stop
            );
            (_told, _failed) = (now, false);
            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            if (!_failed)
                LogNotTold(StoreQuestions.Describe(e));
            return !(_failed = true);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The routes cannot be shown to operators; this goes on trying: {Problem}")]
    private partial void LogNotTold(string problem);

    // A version of the routes is one object for as long as it is served.
    private sealed record Told(string Incarnation, CheckedRoutes Routes, bool FileRefused)
    {
        public bool Equals(Told? other) =>
            other is not null
            && Incarnation == other.Incarnation
            && ReferenceEquals(Routes, other.Routes)
            && FileRefused == other.FileRefused;

        public override int GetHashCode() => HashCode.Combine(Incarnation, FileRefused);
    }
}
