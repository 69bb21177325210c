using System.Diagnostics;
using System.Globalization;

namespace Gateway.Tests;

/// <summary>Durations in milliseconds, and what can be said of them.</summary>
internal sealed class Times
{
    private readonly List<double> _sorted;

    /// <summary>Takes them in.</summary>
    public Times(IEnumerable<double> milliseconds)
    {
        _sorted = [.. milliseconds];
        _sorted.Sort();
    }

    /// <summary>How many.</summary>
    public int Count => _sorted.Count;

    /// <summary>The longest.</summary>
    public double Max => _sorted[^1];

    /// <summary>The one that so many per cent do not exceed, by nearest rank.</summary>
    public double Percentile(double percent) =>
        _sorted[Math.Max(0, (int)Math.Ceiling(_sorted.Count * percent / 100) - 1)];

    /// <summary>In one line, in milliseconds.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"n {Count}, p50 {Percentile(50):0.0}, p90 {Percentile(90):0.0}, p99 {Percentile(99):0.0}, max {Max:0.0}"
        );

    /// <summary>Milliseconds from one timestamp to another.</summary>
    public static double Between(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
