using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>The one clock of a run: monotonic, from zero.</summary>
public sealed class RunClock
{
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>The wall clock as the run began.</summary>
    public DateTimeOffset Epoch { get; } = TimeProvider.System.GetUtcNow();

    /// <summary>Time since the run began.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>Both clocks at once.</summary>
    public ClockSample Sample() => new(Now, TimeProvider.System.GetUtcNow());

    /// <summary>Waits until an instant of the run; returns at once when it is past.</summary>
    public Task UntilAsync(TimeSpan at, CancellationToken stop)
    {
        var left = at - Now;
        return left > TimeSpan.Zero ? Task.Delay(left, stop) : Task.CompletedTask;
    }
}
