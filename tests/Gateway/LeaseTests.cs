namespace Gateway.Tests;

/// <summary>How long a lease holds, by which clock, and what is honoured after it.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Staleness = TimeSpan.FromSeconds(60);

    private readonly TwoClocks _clock = new();
    private readonly Lease _lease;

    public LeaseTests() => _lease = new Lease(_clock);

    [Fact]
    public void Lease_CountsFromBeforeItsRenewalWasSent()
    {
        var sent = _lease.Now();
        _clock.Pass(TimeSpan.FromSeconds(3));
        _lease.Extend(sent, _lease.Now(), _clock.Wall, Length, Staleness);

        Assert.Equal(TimeSpan.FromSeconds(2), _lease.Left(_lease.Now()));
        _clock.Pass(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.True(_lease.Holds(_lease.Now()));
        _clock.Pass(TimeSpan.FromTicks(1));
        Assert.False(_lease.Holds(_lease.Now()));
    }

    [Fact]
    public void Lease_EndsByWhicheverClockSaysSoFirst()
    {
        Extend();
        _clock.Wall += Length; // the machine was suspended, and the monotonic clock stood still
        Assert.False(_lease.Holds(_lease.Now()));
        Assert.Equal(TimeSpan.Zero, _lease.Left(_lease.Now()));

        Extend();
        _clock.Wall -= TimeSpan.FromHours(1);
        Assert.True(_lease.Holds(_lease.Now()));
        _clock.Monotonic += Length;
        Assert.False(_lease.Holds(_lease.Now()));
    }

    [Fact]
    public void NeverHeld_HonoursNothing()
    {
        Assert.False(_lease.Holds(_lease.Now()) || _lease.WasHeld);
        Assert.False(_lease.Honours(_lease.Now(), TimeSpan.MaxValue));
    }

    [Fact]
    public void Staleness_CountsFromTheLeasesEnd_AndIsTheRoutes()
    {
        Extend();
        _clock.Pass(Length + TimeSpan.FromSeconds(2));

        Assert.False(_lease.Honours(_lease.Now(), TimeSpan.FromSeconds(2)));
        Assert.True(_lease.Honours(_lease.Now(), TimeSpan.FromSeconds(3)));
        _clock.Wall += Staleness;
        Assert.False(_lease.Honours(_lease.Now(), TimeSpan.MaxValue));
    }

    [Fact]
    public void LongerStaleness_IsHonoured_OnlyOnceARenewalHasRecordedIt()
    {
        Extend(TimeSpan.FromSeconds(2));
        _clock.Pass(Length + TimeSpan.FromSeconds(3));
        Assert.False(_lease.Honours(_lease.Now(), TimeSpan.FromHours(1)));

        Extend(TimeSpan.FromHours(1));
        _clock.Pass(Length + TimeSpan.FromSeconds(3));
        Assert.True(_lease.Honours(_lease.Now(), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void ShorterStaleness_IsInForce_BeforeItsRenewalIsSent()
    {
        Extend(TimeSpan.FromHours(1));
        _lease.Shorten(TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.FromHours(1), _lease.MaxStaleness);

        _lease.Shorten(TimeSpan.FromSeconds(2));
        _clock.Pass(Length + TimeSpan.FromSeconds(3));

        Assert.False(_lease.Honours(_lease.Now(), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void VoidLease_HoldsNothing_AndTimeGoesOnWhereItWas()
    {
        var ahead = _clock.Wall.AddMinutes(10);
        var sent = _lease.Now();
        _lease.Extend(sent, sent, ahead, Length, Staleness);
        Assert.Equal(ahead, _lease.Now().Now);

        _lease.Void();
        _clock.Pass(TimeSpan.FromSeconds(1));

        Assert.False(_lease.Holds(_lease.Now()) || _lease.WasHeld || _lease.Honours(_lease.Now(), Staleness));
        Assert.Equal(ahead.AddSeconds(1), _lease.Now().Now);
    }

    [Fact]
    public void Now_IsTheLaterOfBothClocks_AndNeverRunsBackwards()
    {
        var start = _clock.Wall;
        Extend();
        _clock.Pass(TimeSpan.FromSeconds(1));
        Extend();
        _clock.Wall -= TimeSpan.FromHours(1);
        Assert.Equal(start.AddSeconds(1), _lease.Now().Now);

        _lease.Extend(_lease.Now(), _lease.Now(), start.AddHours(-2), Length, Staleness);
        Assert.Equal(start.AddSeconds(1), _lease.Now().Now);
        _clock.Wall = start.AddHours(1);
        Assert.Equal(start.AddHours(1), _lease.Now().Now);
    }

    private void Extend(TimeSpan? staleness = null) =>
        _lease.Extend(_lease.Now(), _lease.Now(), _clock.Wall, Length, staleness ?? Staleness);

    /// <summary>A wall clock and a monotonic clock that move as the test says.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = Sample.Now;
        public TimeSpan Monotonic { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => (Wall, Monotonic) = (Wall + time, Monotonic + time);

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Monotonic.Ticks;
    }
}
