namespace Gateway.Tests;

/// <summary>
/// What a record may have been, change by change. From each number on it was one of some states: of one, where it is
/// known which writes came to be, of several where it is not. Whatever is not certain makes the set larger, never
/// smaller: an answer is wrong only if it fits none of them.
/// </summary>
internal sealed class StateLine<T>(T first)
{
    private readonly List<(long From, IReadOnlyList<T> States)> _segments = [(long.MinValue, [first])];

    /// <summary>Number of the change the last states came with.</summary>
    public long LastChange => _segments[^1].From;

    /// <summary>What it may be now.</summary>
    public IReadOnlyList<T> Last => _segments[^1].States;

    /// <summary>From this number on it is one of these.</summary>
    public void Add(long number, IEnumerable<T> states)
    {
        if (LastChange == number)
            _segments[^1] = (number, [.. states.Distinct()]);
        else
            _segments.Add((number, [.. states.Distinct()]));
    }

    /// <summary>Of what it may be since the last change, leaves only what was seen; all, if nothing fits.</summary>
    public void Narrow(Func<T, bool> seen)
    {
        if (Last.Count > 1 && Last.Any(seen))
            Add(LastChange, [.. Last.Where(seen)]);
    }

    /// <summary>All it may have been between two positions in the feed, both included.</summary>
    public IEnumerable<T> Between(long from, long to)
    {
        var last = Math.Max(IndexAt(to), IndexAt(from));
        for (var at = IndexAt(from); at <= last; at++)
        {
            foreach (var state in _segments[at].States)
                yield return state;
        }
    }

    /// <summary>The changes after a position that it took part in.</summary>
    public IEnumerable<long> ChangesAfter(long position) => _segments.Skip(IndexAt(position) + 1).Select(s => s.From);

    private int IndexAt(long position) => Search.LastWhere(_segments, s => s.From <= position);
}
