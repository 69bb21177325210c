using System.Text;
using Gateway.Telemetry;

namespace Gateway;

/// <summary>
/// How long decisions took: <c>gateway_decision_time_seconds</c>. Plain numbers that a scrape reads; a histogram of the
/// framework, which looks for whoever listens, takes longer to record a decision than most of them take.
/// </summary>
internal sealed class DecisionTimes
{
    // Seconds. A decision in memory takes one or two microseconds, one that asks the store some hundreds.
    private static readonly double[] Bounds =
    [
        1e-6,
        2e-6,
        5e-6,
        1e-5,
        2e-5,
        5e-5,
        1e-4,
        5e-4,
        1e-3,
        5e-3,
        2e-2,
        0.1,
        1,
    ];

    private readonly TimeProvider _clock;
    private readonly long[] _bounds;
    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _sum;

    /// <summary>Nothing recorded yet.</summary>
    public DecisionTimes(TimeProvider clock) =>
        (_clock, _bounds) = (clock, [.. Bounds.Select(b => (long)(b * clock.TimestampFrequency))]);

    /// <summary>A decision is made.</summary>
    /// <param name="started">When it began.</param>
    public void Record(Moment started)
    {
        var took = Math.Max(0, _clock.GetTimestamp() - started.Timestamp);
        // From the shortest on, where nearly all of them are.
        var bucket = 0;
        while (bucket < _bounds.Length && took > _bounds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _sum, took);
    }

    /// <summary>Writes them out.</summary>
    public void Write(StringBuilder text) =>
        PrometheusText.WriteHistogram(
            text,
            "gateway_decision_time_seconds",
            "Time from a request's route to its decision",
            Bounds,
            [.. _counts.Select((_, i) => Volatile.Read(ref _counts[i]))],
            (double)Volatile.Read(ref _sum) / _clock.TimestampFrequency
        );
}
