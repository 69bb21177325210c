namespace Gateway.Tests;

/// <summary>
/// Welch's t of two classes of times, as dudect does it (Reparaz, Balasch, Verbauwhede, 2017): whether two means differ by
/// more than chance explains. What interrupts a measurement only makes it longer, so the longest are cropped, at several
/// percentiles of both classes together, and the worst t counts.
/// </summary>
internal static class Welch
{
    // From all but what was interrupted to the quickest half, in which a small difference shows best.
    private static readonly double[] Crops = [0.99, 0.95, 0.9, 0.75, 0.5];

    /// <summary>The t of largest size over all crops; positive when the second class takes longer.</summary>
    /// <param name="ticks">Times.</param>
    /// <param name="classes">Of which class each is: 0 or 1.</param>
    public static double Worst(int[] ticks, byte[] classes)
    {
        var sorted = (int[])ticks.Clone();
        Array.Sort(sorted);
        var worst = 0.0;
        foreach (var crop in Crops)
        {
            var t = Of(ticks, classes, sorted[(int)(crop * (sorted.Length - 1))]);
            if (Math.Abs(t) > Math.Abs(worst))
                worst = t;
        }
        return worst;
    }

    private static double Of(int[] ticks, byte[] classes, int longest)
    {
        Span<double> count = stackalloc double[2];
        Span<double> sum = stackalloc double[2];
        Span<double> squares = stackalloc double[2];
        for (var i = 0; i < ticks.Length; i++)
        {
            if (ticks[i] > longest)
                continue;
            var one = classes[i];
            count[one]++;
            sum[one] += ticks[i];
            squares[one] += (double)ticks[i] * ticks[i];
        }
        var spread = Spread(count[0], sum[0], squares[0]) + Spread(count[1], sum[1], squares[1]);
        return spread > 0 ? ((sum[1] / count[1]) - (sum[0] / count[0])) / Math.Sqrt(spread) : 0;
    }

    // Variance of the mean.
    private static double Spread(double count, double sum, double squares) =>
        count < 2 ? 0 : (squares - (sum * sum / count)) / (count - 1) / count;
}
