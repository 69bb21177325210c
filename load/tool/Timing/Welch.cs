namespace Gateway.Load;

/// <summary>Two classes of times, compared.</summary>
/// <param name="T">How many standard errors the second class takes longer than the first.</param>
/// <param name="DifferenceNanoseconds">What that is in time.</param>
internal sealed record TimeDifference(double T, double DifferenceNanoseconds);

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

    /// <summary>The t of largest size over all crops; positive when the second class takes longer.</summary>
    /// <param name="one">Times of the first class, in nanoseconds.</param>
    /// <param name="other">Those of the second.</param>
    public static TimeDifference Worst(int[] one, int[] other)
    {
        int[] sorted = [.. one, .. other];
        Array.Sort(sorted);
        var worst = new TimeDifference(0, 0);
        foreach (var crop in Crops)
        {
            var found = Of(one, other, sorted[(int)(crop * (sorted.Length - 1))]);
            if (Math.Abs(found.T) > Math.Abs(worst.T))
                worst = found;
        }
        return worst;
    }

    private static TimeDifference Of(int[] one, int[] other, int longest)
    {
        var (mean, spread) = Mean(one, longest);
        var (otherMean, otherSpread) = Mean(other, longest);
        var difference = otherMean - mean;
        var error = Math.Sqrt(spread + otherSpread);
        return new(error > 0 ? difference / error : 0, difference);
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
