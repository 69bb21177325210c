using System.Runtime.InteropServices;

namespace Gateway.Keys;

/// <summary>What a limit says to one request.</summary>
/// <param name="Admitted">Whether the request is within it.</param>
/// <param name="Remaining">Requests that would still be admitted now.</param>
/// <param name="Wait">Admitted: how long no more than <paramref name="Remaining"/> may be counted on. Refused: how long
/// until one would be admitted.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LimitAnswer(bool Admitted, int Remaining, TimeSpan Wait);

/// <summary>
/// A sliding window whose whole state is one 64-bit word, so that whoever asks takes no lock, allocates nothing and is
/// counted exactly once.
/// <code>
///   24 bits  when the window began, in steps of 1/1024 of it       (63 to 40)
///   20 bits  requests of the window before                         (39 to 20)
///   20 bits  requests of this one                                  (19 to 0)
/// </code>
/// A window begins with the first request after a pause, and the next where it ends. A request is admitted while those of
/// this window and those of the one before, less what has slid out of sight by now, are fewer than the limit. So no window
/// ever has more than the limit, in the long run it is kept to the request, and who asks at twice the limit gets it and not
/// half as much again. What a window of the caller's own choosing may have is at most twice the limit: all of it at the
/// end of one window, and the rest as it slides.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct SlidingWindow
{
    /// <summary>The most requests that can be counted.</summary>
    public const int MaxRequests = (1 << CountBits) - 2;

    /// <summary>State of a window that nobody asks any more; whoever finds it has to look for its successor. Counts end
    /// below it.</summary>
    public const long Retired = -1;

    private const int CountBits = 20;
    private const int CountMask = (1 << CountBits) - 1;
    private const int Steps = 1024;
    private const int StepMask = (1 << 24) - 1;

    // A thread that read its clock before another and comes after it: it is no later than that one, instead of very late.
    // The rest of the circle is known to be later; whoever keeps words forgets those of long ago before it is run through.
    private const int BehindMost = 4 * Steps;

    private readonly long _step;
    private readonly long _length;
    private readonly double _tick;

    /// <summary>Windows of so many seconds.</summary>
    /// <param name="seconds">1 or more.</param>
    /// <param name="frequency">Timestamps in a second: 1,024 or more.</param>
    public SlidingWindow(int seconds, long frequency)
    {
        _step = seconds * frequency / Steps;
        _length = _step * Steps;
        _tick = (double)TimeSpan.TicksPerSecond / frequency;
    }

    /// <summary>Counts a request if it is within the limit.</summary>
    /// <param name="word">The state; 0 at first.</param>
    /// <param name="limit">Requests in a window, 1 to <see cref="MaxRequests"/>.</param>
    /// <param name="now">Timestamp of the request.</param>
    /// <param name="answer">What the limit says.</param>
    /// <returns>False when the state was retired.</returns>
    public bool TryTake(ref long word, int limit, long now, out LimitAnswer answer)
    {
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (seen == Retired)
            {
                answer = default;
                return false;
            }
            var state = At(seen, now);
            if (state.Used >= limit)
            {
                answer = new LimitAnswer(false, 0, ToSpan(Wait(state, limit)));
                return true;
            }
            var next = state with { Current = state.Current + 1 };
            if (Interlocked.CompareExchange(ref word, Pack(next), seen) != seen)
                continue;
            answer = Accepted(next, limit);
            return true;
        }
    }

    /// <summary>Counts a request that somebody else has admitted.</summary>
    /// <param name="word">The state.</param>
    /// <param name="now">Timestamp of the request.</param>
    public void Note(ref long word, long now)
    {
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (seen == Retired)
                return;
            var state = At(seen, now);
            var next = state with { Current = Math.Min(state.Current + 1, MaxRequests) };
            if (Interlocked.CompareExchange(ref word, Pack(next), seen) == seen)
                return;
        }
    }

    /// <summary>What a request now would be told, counting none.</summary>
    public LimitAnswer Look(long word, int limit, long now)
    {
        var state = At(word, now);
        return state.Used >= limit ? new(false, 0, ToSpan(Wait(state, limit))) : Accepted(state, limit);
    }

    /// <summary>Whether nothing that was counted matters any more.</summary>
    public bool IsIdle(long word, long now)
    {
        var state = At(word, now);
        return state.Current == 0 && state.Previous == 0;
    }

    private State At(long word, long now)
    {
        var (start, previous, current) = (
            (int)(word >>> (2 * CountBits)),
            (int)(word >> CountBits) & CountMask,
            (int)word & CountMask
        );
        var at = now / _step;
        var age = (int)(at - start) & StepMask;
        var isEmpty = previous == 0 && current == 0;
        if (!isEmpty && age > StepMask - BehindMost)
            return new State(start, previous, current, 0, previous);
        if (isEmpty || age >= 2 * Steps)
            return new State((int)at & StepMask, 0, 0, now - (at * _step), 0);
        if (age >= Steps)
            (start, age, previous, current) = ((start + Steps) & StepMask, age - Steps, current, 0);
        var elapsed = now - ((at - age) * _step);
        // Requests of the window before have come evenly, as far as anybody knows: whole ones that are still in sight.
        var inSight = (int)(previous * (1 - ((double)elapsed / _length)));
        return new State(start, previous, current, elapsed, inSight);
    }

    private static long Pack(State state) =>
        ((long)state.Start << (2 * CountBits)) | ((long)state.Previous << CountBits) | (uint)state.Current;

    // Not sooner than the limit's own rate would bring as many as remain: who divides one by the other must not conclude
    // that more is welcome than is.
    private LimitAnswer Accepted(State state, int limit)
    {
        var remaining = Math.Max(0, limit - state.Used);
        var wait = Math.Max(_length - state.Elapsed, (long)((double)_length * remaining / limit));
        return new LimitAnswer(true, remaining, ToSpan(wait));
    }

    // Until enough of the window before is out of sight; when this one alone has used it up, until its turn to be that.
    private long Wait(State state, int limit) =>
        state.Current < limit
            ? Slide(state.Previous, limit - state.Current) - state.Elapsed
            : _length - state.Elapsed + Slide(state.Current, limit);

    private long Slide(int count, int most) => (long)(_length * Math.Max(0, 1 - ((double)most / count))) + _step;

    private TimeSpan ToSpan(long timestamps) => TimeSpan.FromTicks((long)(Math.Max(0, timestamps) * _tick));

    // Elapsed: of this window, in timestamps. InSight: requests of the window before that still count.
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct State(int Start, int Previous, int Current, long Elapsed, int InSight)
    {
        public int Used => Current + InSight;
    }
}
