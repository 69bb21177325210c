using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// How long this process may judge on what it has cached without hearing from the store.
/// <para>
/// A lease counts from before its renewal was sent, and is taken up only once the renewal has committed and everything
/// up to the head it returned is applied. It is checked at decision time, so a process that was paused cannot be wrong:
/// when it wakes, its lease is over. It ends by the boot-time clock or by the wall clock, whichever says so first.
/// </para>
/// <para>
/// Past its end a cached accept may still be honoured, for as long as both the route allows and the store knows:
/// whoever waits for a gateway that is cut off waits for the staleness in its row. So a longer one is honoured only
/// after a renewal has recorded it, and a shorter one from before the renewal that records it is sent.
/// </para>
/// </summary>
public sealed class Lease(TimeProvider clock)
{
    // Swapped whole: a reader sees one term or the next, never half of each.
    private volatile Term _term = Term.None;

    private readonly double _ticksPerTimestamp = (double)TimeSpan.TicksPerSecond / clock.TimestampFrequency;

    /// <summary>Whether cached records may be judged on.</summary>
    public bool Holds(Moment now) => now.Timestamp < _term.Ends && now.LocalTicks < _term.WallEnds;

    /// <summary>Time left; negative once it is over.</summary>
    public TimeSpan Left(Moment now) => Left(_term, now);

    /// <summary>Whether a cached accept is still honoured although the store may know better.</summary>
    /// <param name="now">The moment of the decision.</param>
    /// <param name="maxStaleness">How long past the lease's end the route allows it.</param>
    public bool Honours(Moment now, TimeSpan maxStaleness) => At(now).HonouredFor(maxStaleness) > TimeSpan.Zero;

    /// <summary>How it stands, all of it at once: it may be renewed or void a moment later.</summary>
    public LeaseState At(Moment now)
    {
        var term = _term;
        return new LeaseState(term.Ends != 0, Left(term, now), term.MaxStaleness, term.Renewals);
    }

    /// <summary>Whether there ever was a lease in this incarnation: without one nothing may be honoured.</summary>
    public bool WasHeld => _term.Ends != 0;

    /// <summary>The longest staleness that the store knows of.</summary>
    public TimeSpan MaxStaleness => _term.MaxStaleness;

    /// <summary>This moment, by every clock a decision needs.</summary>
    public Moment Now()
    {
        var term = _term;
        var timestamp = clock.GetTimestamp();
        var local = clock.GetUtcNow().UtcTicks;
        var store = term.StoreTicks + ToSpan(timestamp - term.Received).Ticks;
        return new Moment(timestamp, local, Math.Max(local, store));
    }

    /// <summary>Takes up a renewal that has committed and whose head is applied.</summary>
    /// <param name="sent">The moment before it was sent.</param>
    /// <param name="received">The moment its answer was there.</param>
    /// <param name="storeNow">The store's clock as it answered.</param>
    /// <param name="length">The length that the renewal recorded.</param>
    /// <param name="maxStaleness">The longest staleness of any route that the renewal recorded.</param>
    public void Extend(Moment sent, Moment received, DateTimeOffset storeNow, TimeSpan length, TimeSpan maxStaleness) =>
        _term = new Term(
            sent.Timestamp + (long)(length.TotalSeconds * clock.TimestampFrequency),
            sent.LocalTicks + length.Ticks,
            received.Timestamp,
            // Time never runs backwards: what was past once stays past, whichever clock is set back.
            Math.Max(storeNow.UtcTicks, received.Ticks),
            maxStaleness,
            _term.Renewals + 1
        );

    /// <summary>Honours nothing for longer than this from now on: call it before a renewal is sent that records a
    /// shorter staleness, which may commit although its answer never comes.</summary>
    public void Shorten(TimeSpan maxStaleness)
    {
        if (maxStaleness < _term.MaxStaleness)
            _term = _term with { MaxStaleness = maxStaleness };
    }

    /// <summary>Ends the lease now and forgets there was one: what is cached is void. Time goes on where it was.</summary>
    public void Void() => _term = _term with { Ends = 0, WallEnds = 0, MaxStaleness = TimeSpan.Zero };

    private TimeSpan Left(Term term, Moment now)
    {
        var monotonic = ToSpan(term.Ends - now.Timestamp);
        var wall = TimeSpan.FromTicks(term.WallEnds - now.LocalTicks);
        return monotonic < wall ? monotonic : wall;
    }

    private TimeSpan ToSpan(long timestamps) => TimeSpan.FromTicks((long)(timestamps * _ticksPerTimestamp));

    private sealed record Term(
        long Ends,
        long WallEnds,
        long Received,
        long StoreTicks,
        TimeSpan MaxStaleness,
        long Renewals
    )
    {
        public static Term None { get; } = new(0, 0, 0, 0, TimeSpan.Zero, 0);
    }
}

/// <summary>How the lease stands at a moment.</summary>
/// <param name="WasHeld">Whether there ever was one in this incarnation.</param>
/// <param name="Left">Time left; negative once it is over, meaningless without one.</param>
/// <param name="MaxStaleness">The longest staleness that the store knows of.</param>
/// <param name="Renewals">Renewals taken up since the process began: another number says that it was held
/// meanwhile.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LeaseState(bool WasHeld, TimeSpan Left, TimeSpan MaxStaleness, long Renewals)
{
    /// <summary>Whether cached records may be judged on.</summary>
    public bool Holds => WasHeld && Left > TimeSpan.Zero;

    /// <summary>How much longer a cached accept is honoured if nothing more is heard from the store; zero or less: not
    /// any more.</summary>
    /// <param name="maxStaleness">How long past the lease's end the route allows it.</param>
    public TimeSpan HonouredFor(TimeSpan maxStaleness) =>
        WasHeld ? Left + (maxStaleness < MaxStaleness ? maxStaleness : MaxStaleness) : TimeSpan.Zero;
}

/// <summary>One moment by the clocks a decision needs, read once a request.</summary>
/// <param name="Timestamp">The monotonic clock, in its own unit.</param>
/// <param name="LocalTicks">The local wall clock, UTC ticks.</param>
/// <param name="Ticks">"Now" for expiry and deadlines: the later of the local clock and the store's, UTC ticks.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Moment(long Timestamp, long LocalTicks, long Ticks)
{
    /// <summary>"Now" for expiry and deadlines.</summary>
    public DateTimeOffset Now => new(Ticks, TimeSpan.Zero);

    /// <summary>The same in milliseconds since 1970.</summary>
    public long UnixMs => (Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
}
