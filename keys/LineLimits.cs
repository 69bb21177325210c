using System.Collections.Concurrent;

namespace Gateway.Keys;

/// <summary>A key's limit as it is asked for, and where it counts: one for each compiled record.</summary>
/// <param name="lineId">The rotation line that shares what is counted.</param>
/// <param name="limit">How much.</param>
public sealed class KeyLimit(string lineId, RateLimit limit)
{
    /// <summary>The rotation line that shares what is counted.</summary>
    public string LineId => lineId;

    /// <summary>Requests in a window.</summary>
    public int Requests { get; } = limit.Requests;

    /// <summary>Seconds of a window.</summary>
    public int WindowSeconds { get; } = limit.WindowSeconds;

    /// <summary>Value of <c>RateLimit-Policy</c>.</summary>
    public string Policy { get; } = LimitFields.Policy(LimitFields.Key, limit.Requests, limit.WindowSeconds);

    /// <summary>What a count that others share has said last, and when; null before it was asked.</summary>
    public SharedAnswer? LastShared { get; set; }

    /// <summary>Where this line counts, once it was asked for.</summary>
    internal LimitBucket? Bucket { get; set; }
}

/// <summary>An answer of a count that others share.</summary>
/// <param name="Answer">What it said.</param>
/// <param name="Timestamp">When.</param>
public sealed record SharedAnswer(LimitAnswer Answer, long Timestamp);

/// <summary>What one rotation line has used of its limit.</summary>
internal sealed class LimitBucket(SlidingWindow window)
{
    /// <summary>State of <see cref="Window"/>.</summary>
    public long Word;

    /// <summary>How it is counted.</summary>
    public SlidingWindow Window { get; } = window;
}

/// <summary>
/// What every rotation line has used of its limit, in this process. It belongs to the line and not to a key or its record:
/// neither a rotation nor a record that is read again gives anybody more. A line is forgotten once nothing of it matters
/// any more; past a number of lines one is forgotten for each that comes.
/// </summary>
/// <param name="mostLines">Lines remembered, some 200 bytes each.</param>
/// <param name="clock">Whose timestamps are given.</param>
public sealed class LineLimits(int mostLines, TimeProvider clock)
{
    private readonly ConcurrentDictionary<(string LineId, int Seconds), LimitBucket> _lines = new();

    /// <summary>Lines remembered.</summary>
    public int Count => _lines.Count;

    /// <summary>Counts a request if it is within the limit. Takes no lock and allocates nothing for a line that was asked
    /// for before.</summary>
    /// <param name="limit">Of the key.</param>
    /// <param name="most">Requests in a window: the limit, or this process's share of it.</param>
    /// <param name="now">Timestamp of the request.</param>
    public LimitAnswer Take(KeyLimit limit, int most, long now)
    {
        while (true)
        {
            var bucket = limit.Bucket ??= Find(limit);
            if (bucket.Window.TryTake(ref bucket.Word, most, now, out var answer))
                return answer;
            // It was forgotten just now.
            limit.Bucket = null;
        }
    }

    /// <summary>Counts a request that was admitted by a count that others share.</summary>
    public void Note(KeyLimit limit, long now)
    {
        var bucket = limit.Bucket ??= Find(limit);
        bucket.Window.Note(ref bucket.Word, now);
        if (Volatile.Read(ref bucket.Word) == SlidingWindow.Retired)
            limit.Bucket = null;
    }

    /// <summary>What a request now would be told, counting none.</summary>
    public LimitAnswer Look(KeyLimit limit, int most, long now)
    {
        var bucket = limit.Bucket ??= Find(limit);
        var word = Volatile.Read(ref bucket.Word);
        return bucket.Window.Look(word == SlidingWindow.Retired ? 0 : word, most, now);
    }

    /// <summary>Forgets the lines of which nothing matters any more. To be called more often than 16,000 of the shortest
    /// windows pass, the circle their beginnings are counted in.</summary>
    public void Sweep()
    {
        var now = clock.GetTimestamp();
        foreach (var (line, bucket) in _lines)
        {
            var word = Volatile.Read(ref bucket.Word);
            if (
                word != SlidingWindow.Retired
                && bucket.Window.IsIdle(word, now)
                && Interlocked.CompareExchange(ref bucket.Word, SlidingWindow.Retired, word) == word
            )
                _lines.TryRemove(new(line, bucket));
        }
    }

    private LimitBucket Find(KeyLimit limit)
    {
        var line = (limit.LineId, limit.WindowSeconds);
        while (true)
        {
            if (!_lines.TryGetValue(line, out var bucket))
            {
                MakeRoom();
                bucket = _lines.GetOrAdd(
                    line,
                    static (l, f) => new LimitBucket(new SlidingWindow(l.Seconds, f)),
                    clock.TimestampFrequency
                );
            }
            if (Volatile.Read(ref bucket.Word) != SlidingWindow.Retired)
                return bucket;
            // Whoever retired it is about to remove it.
            _lines.TryRemove(new(line, bucket));
        }
    }

    private void MakeRoom()
    {
        if (_lines.Count < mostLines)
            return;
        foreach (var (line, bucket) in _lines)
        {
            Volatile.Write(ref bucket.Word, SlidingWindow.Retired);
            _lines.TryRemove(new(line, bucket));
            return;
        }
    }
}
