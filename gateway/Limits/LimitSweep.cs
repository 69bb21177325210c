using Gateway.Keys;

namespace Gateway;

/// <summary>Forgets limits of which nothing matters any more.</summary>
public sealed class LimitSweep(LineLimits lines, TimeProvider clock) : BackgroundService
{
    // Once in a while is enough; a line costs little. Much more often than 16,000 windows of a second pass.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            lines.Sweep();
    }
}
