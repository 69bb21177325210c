using System.Runtime.InteropServices;
using Perfolizer.Horology;

namespace Gateway.Load;

/// <summary>Processor time of the thread that asks (POSIX <c>CLOCK_THREAD_CPUTIME_ID</c>): what else runs on the machine
/// takes turns with it, and counts for nothing.</summary>
internal sealed partial class ThreadClock : IClock
{
    private const int ThreadCpuTime = 3;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <inheritdoc/>
    public string Title => "processor time of the thread";

    /// <inheritdoc/>
    public bool IsAvailable => OperatingSystem.IsLinux();

    /// <inheritdoc/>
    public Frequency Frequency { get; } = new(NanosecondsPerSecond);

    /// <inheritdoc/>
    public long GetTimestamp()
    {
        clock_gettime(ThreadCpuTime, out var time);
        return time.Seconds * NanosecondsPerSecond + time.Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
