namespace Gateway.Load;

/// <summary>Two classes of times, compared.</summary>
/// <param name="Kept">The share of both that was not cropped, the quickest, from 0 to 1.</param>
/// <param name="DifferenceNanoseconds">How much longer the second class takes, on average.</param>
/// <param name="StandardErrorNanoseconds">How far off that is by chance.</param>
internal sealed record TimeDifference(double Kept, double DifferenceNanoseconds, double StandardErrorNanoseconds)
{
    /// <summary>How many standard errors it is; positive when the second class takes longer.</summary>
    public double T => StandardErrorNanoseconds > 0 ? DifferenceNanoseconds / StandardErrorNanoseconds : 0;
}

/// <summary>
/// Welch's t of two classes of times, as dudect does it (Reparaz, Balasch, Verbauwhede, 2017): whether two means differ by
/// more than chance explains. What interrupts a measurement only makes it longer, so the longest are cropped, at several
/// percentiles of both classes together, and the worst t counts. Between classes that do not differ |t| exceeds
/// <see cref="Threshold"/> once in 147,000 looks, for each crop.
/// </summary>
internal static class Welch
{
    /// <summary>The bar: dudect's, and that of test vector leakage assessment before it.</summary>
    public const double Threshold = 4.5;

    // From everything to the quickest half, in which a small difference shows best.
    private static readonly double[] Crops = [1, 0.99, 0.95, 0.9, 0.75, 0.5];

    /// <summary>The two classes at each crop, from everything on.</summary>
    /// <param name="one">Times of the first class, in nanoseconds.</param>
    /// <param name="other">Those of the second.</param>
    public static IReadOnlyList<TimeDifference> Compare(int[] one, int[] other)
    {
        int[] sorted = [.. one, .. other];
        Array.Sort(sorted);
        return [.. Crops.Select(crop => Of(one, other, crop, sorted[(int)(crop * (sorted.Length - 1))]))];
    }

    /// <summary>The one whose t is of largest size.</summary>
    public static TimeDifference Worst(IEnumerable<TimeDifference> crops) => crops.MaxBy(c => Math.Abs(c.T))!;

    private static TimeDifference Of(int[] one, int[] other, double crop, int longest)
    {
        var (mean, spread) = Mean(one, longest);
        var (otherMean, otherSpread) = Mean(other, longest);
        return new(crop, otherMean - mean, Math.Sqrt(spread + otherSpread));
    }

    // The mean of what was not cropped, and the variance of that mean.
    private static (double Mean, double Spread) Mean(int[] times, int longest)
    {
        double count = 0;
        double sum = 0;
        double squares = 0;
        foreach (var time in times)
        {
            if (time > longest)
                continue;
            count++;
            sum += time;
            squares += (double)time * time;
        }
        return count < 2 ? (0, 0) : (sum / count, (squares - (sum * sum / count)) / (count - 1) / count);
    }
}
