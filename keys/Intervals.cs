using System.Numerics;

namespace Gateway.Keys;

/// <summary>A set of numbers as sorted intervals that neither overlap nor touch: found by binary search.</summary>
internal readonly struct Intervals<T>
    where T : struct, IBinaryInteger<T>
{
    private readonly T[] _firsts;
    private readonly T[] _lasts;

    /// <summary>Takes intervals in any order, both ends belonging to them.</summary>
    internal Intervals(List<(T First, T Last)> intervals)
    {
        intervals.Sort();
        var merged = new List<(T First, T Last)>(intervals.Count);
        foreach (var next in intervals)
        {
            // The subtraction cannot go below zero: an interval after another begins at 1 at least.
            if (merged is [.., var last] && (next.First <= last.Last || next.First - T.One == last.Last))
                merged[^1] = (last.First, T.Max(last.Last, next.Last));
            else
                merged.Add(next);
        }
        _firsts = [.. merged.Select(m => m.First)];
        _lasts = [.. merged.Select(m => m.Last)];
    }

    /// <summary>How many intervals there are.</summary>
    internal int Count => _firsts.Length;

    /// <summary>Whether a number is in the set.</summary>
    internal bool Contains(T number) => Covers(number, number);

    /// <summary>Whether every number of the other set is in this one.</summary>
    internal bool Covers(Intervals<T> other)
    {
        for (var i = 0; i < other._firsts.Length; i++)
            if (!Covers(other._firsts[i], other._lasts[i]))
                return false;
        return true;
    }

    private bool Covers(T first, T last)
    {
        var at = Array.BinarySearch(_firsts, first);
        // Not found: the complement of where it would stand; the interval before is the only one that can hold it.
        var candidate = at >= 0 ? at : ~at - 1;
        return candidate >= 0 && last <= _lasts[candidate];
    }
}
