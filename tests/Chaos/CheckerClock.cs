namespace Gateway.Tests;

/// <summary>The run's clock and the wall clock, tied together by samples: each holds until the next. The wall clock is
/// slewed by at most a half per mille, so between two samples a second apart they part by less than a millisecond.</summary>
internal sealed class CheckerClock
{
    private readonly List<ClockSample> _samples;

    public CheckerClock(History history) =>
        _samples = [
            new ClockSample(TimeSpan.Zero, history.Header.Epoch),
            .. history.All<ClockSample>().OrderBy(s => s.At),
        ];

    public TimeSpan ToRun(DateTimeOffset wall)
    {
        if (wall == DateTimeOffset.MaxValue)
            return TimeSpan.MaxValue;
        var sample = _samples[Search.LastWhere(_samples, s => s.Wall <= wall, orElse: 0)];
        return sample.At + (wall - sample.Wall);
    }

    public DateTimeOffset ToWall(TimeSpan run)
    {
        var sample = _samples[Search.LastWhere(_samples, s => s.At <= run, orElse: 0)];
        return sample.Wall + (run - sample.At);
    }
}

/// <summary>Binary search.</summary>
internal static class Search
{
    /// <summary>Index of the last item a condition holds for that holds for all items up to some one.</summary>
    public static int LastWhere<T>(IReadOnlyList<T> items, Func<T, bool> holds, int orElse = -1)
    {
        var (low, high) = (0, items.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (holds(items[middle]))
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 ? low - 1 : orElse;
    }
}
