namespace Gateway.Tests;

/// <summary>The real clock, moved on by hand: wall clock and timestamps jump, timers run as they do.</summary>
public sealed class TestClock : TimeProvider
{
    private long _offsetTicks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves on.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _offsetTicks, by.Ticks);

    /// <summary>Moves to an instant.</summary>
    public void MoveTo(DateTimeOffset instant) => Advance(instant - GetUtcNow());

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() =>
        System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offsetTicks));

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        System.GetElapsedTime(0, System.GetTimestamp()).Ticks + Interlocked.Read(ref _offsetTicks);
}
