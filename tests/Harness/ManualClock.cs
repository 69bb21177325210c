namespace Gateway.Tests;

/// <summary>
/// A clock that stands still until a test sets it; only timers go on as they do. It begins an hour ahead of the
/// machine's, so that it is later than the store's clock, which counts where it is ahead.
/// </summary>
public sealed class ManualClock : TimeProvider
{
    private volatile Standstill? _next;

    /// <summary>The instant, to the millisecond.</summary>
    public DateTimeOffset Now { get; private set; } =
        DateTimeOffset.FromUnixTimeMilliseconds(System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Sets the clock.</summary>
    public void Set(DateTimeOffset now) => Now = now;

    /// <summary>Has the calling thread stand still once, after it has next read one clock and before it reads the
    /// other.</summary>
    public void StandStillBetweenClocks(TimeSpan time) => _next = new(Environment.CurrentManagedThreadId, time);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        var timestamp = Now.Ticks;
        if (_next is { } still && still.Thread == Environment.CurrentManagedThreadId)
        {
            _next = null;
            Set(Now + still.Time);
        }
        return timestamp;
    }

    private sealed record Standstill(int Thread, TimeSpan Time);
}
