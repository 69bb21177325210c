using System.Diagnostics;

namespace Gateway.Load;

/// <summary>Takes the times of two classes of inputs, in random order. Whatever else goes on in the machine meets either
/// class as likely, so it makes times longer and no class slower: noise hides a leak, and never looks like one.</summary>
internal static class Stopwatches
{
    // For the compiler, and for what is slow the first time.
    private const int WarmUps = 2 * TimedSubject.Pairs;

    /// <summary>Takes so many times of each class, and compares them, once.</summary>
    /// <returns>The two at each crop.</returns>
    public static IReadOnlyList<TimeDifference> Compare(TimedSubject subject, int samples, Random random)
    {
        Measure(subject, WarmUps, random);
        var times = Measure(subject, samples, random);
        return Welch.Compare(times[0], times[1]);
    }

    private static int[][] Measure(TimedSubject subject, int samples, Random random)
    {
        int[][] times = [new int[samples], new int[samples]];
        var order = new int[TimedSubject.Pairs * 2];
        var kept = 0;
        for (var done = 0; done < samples; done += TimedSubject.Pairs)
        {
            subject.Renew();
            for (var i = 0; i < order.Length; i++)
                order[i] = i;
            random.Shuffle(order);
            foreach (var next in order)
            {
                var (pair, kind) = Math.DivRem(next, 2);
                subject.Place(kind, pair);
                var began = Stopwatch.GetTimestamp();
                kept += subject.Run();
                var took = Stopwatch.GetTimestamp() - began;
                if (done + pair < samples)
                    times[kind][done + pair] = Nanoseconds(took);
            }
        }
        GC.KeepAlive(kept);
        return times;
    }

    private static int Nanoseconds(long ticks) =>
        (int)Math.Min(int.MaxValue, ticks * (1_000_000_000.0 / Stopwatch.Frequency));
}
