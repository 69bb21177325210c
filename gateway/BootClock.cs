using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// The system's clock, with timestamps that go on while the machine is suspended. Linux's monotonic clock, which .NET
/// uses, stands still then: a lease would outlive its time by the length of the sleep.
/// </summary>
public sealed partial class BootClock : TimeProvider
{
    private const int ClockBoottime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The clock to run with: this one on Linux, the system's elsewhere.</summary>
    public static TimeProvider Best { get; } = OperatingSystem.IsLinux() ? new BootClock() : System;

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        clock_gettime(ClockBoottime, out var time);
        return time.Seconds * NanosecondsPerSecond + time.Nanoseconds;
    }

    // Answered in user space (vDSO) within nanoseconds, so the garbage collector need not be told.
    [LibraryImport("libc"), SuppressGCTransition]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
