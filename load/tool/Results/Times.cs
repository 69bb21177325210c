using System.Globalization;

namespace Gateway.Load;

/// <summary>Numbers, durations mostly, and what can be said of them.</summary>
internal sealed class Times
{
    private readonly double[] _sorted;

    /// <summary>Takes them in.</summary>
    public Times(IEnumerable<double> values)
    {
        _sorted = [.. values];
        Array.Sort(_sorted);
    }

    /// <summary>How many.</summary>
    public int Count => _sorted.Length;

    /// <summary>The largest.</summary>
    public double Max => _sorted[^1];

    /// <summary>The middle one.</summary>
    public double Median => Percentile(50);

    /// <summary>The one that so many per cent do not exceed, by nearest rank.</summary>
    public double Percentile(double percent) =>
        _sorted[Math.Max(0, (int)Math.Ceiling(_sorted.Length * percent / 100) - 1)];

    /// <summary>In one line.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"n {Count}, p50 {Percentile(50):0.00}, p90 {Percentile(90):0.00}, p99 {Percentile(99):0.00}, max {Max:0.00}"
        );
}
