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
        // The last interval that begins at or before it is the only one that can hold it. Halving has no branch that
        // depends on where the number lies, so nothing is guessed wrong.
        var candidate = 0;
        for (var left = _firsts.Length; left > 1; )
        {
            var half = left >> 1;
            candidate = _firsts[candidate + half] <= first ? candidate + half : candidate;
            left -= half;
        }
        return _firsts.Length > 0 && _firsts[candidate] <= first && last <= _lasts[candidate];
    }
}
