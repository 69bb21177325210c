using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Closes streams whose time is over although nothing changes: the key's expiry or rotation deadline, and, while the
/// store is lost, the instant from which a request of the same kind would be 503. So what an incomplete receipt says of
/// a gateway that is cut off holds for its streams too. It also closes those that other routes refuse than they were
/// opened by.
/// <para>
/// A process that stood still finds the lease over as it wakes, with a store that may well be there; so it does when it
/// has begun to follow another database. Then the follower gets a moment first, as it does from requests: it brings what
/// has changed, and streams end by that.
/// </para>
/// </summary>
public sealed class StreamSweep(
    OpenStreams streams,
    RoutesFile routes,
    Lease lease,
    ChangeFollower follower,
    TimeProvider clock
) : BackgroundService
{
    // A look at nothing costs nothing. The next end that is known of is waited for exactly; this is for streams that
    // were opened since.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // So late a look means that the process stood still.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    // As long as a request waits for a renewal.
    private static readonly TimeSpan Patience = 2 * ChangeFollower.AnswerTimeout;

    // A test looks too.
    private readonly Lock _one = new();
    private long _looked;
    private long _patientUntil;
    private long _patientAt = -1;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = LookOnce();
            await Task.Delay(next, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Closes what is over now.</summary>
    /// <returns>How long nothing else can be.</returns>
    internal TimeSpan LookOnce()
    {
        lock (_one)
            return Look();
    }

    private TimeSpan Look()
    {
        var now = Now();
        var state = lease.At(now);
        var mayWait = MayWait(now, state);
        // It is this version from before the first request that is routed by it.
        var current = routes.Current;
        var next = Interval;
        List<(OpenStream, DenyReason)> over = [];
        foreach (var stream in streams.All)
        {
            // One that is still being let in is judged by whoever lets it in.
            if (stream.Key is not { } key)
                continue;
            var refusal = stream.JudgeBy(current, now.Ticks);
            var life = TimeSpan.FromTicks(key.EndsTicks - now.Ticks);
            var honoured = mayWait ? Interval : state.HonouredFor(stream.Policy.MaxStaleness);
            if (refusal is { } reason)
                over.Add((stream, reason));
            else if (life <= TimeSpan.Zero)
                over.Add((stream, DenyReason.ExpiredApiKey));
            else if (honoured <= TimeSpan.Zero)
                over.Add((stream, DenyReason.VerificationUnavailable));
            else
                next = Min(next, Min(life, honoured));
        }
        if (over.Count > 0)
            streams.Close(over);
        // Timers count whole milliseconds.
        return TimeSpan.FromMilliseconds(Math.Ceiling(next.TotalMilliseconds));
    }

    // The clocks are read one after the other. To a process that stood still in between the lease is over by the later
    // one, and by the earlier it has not stood still: it would close without having asked.
    private Moment Now()
    {
        Moment now;
        do now = lease.Now();
        while (clock.GetElapsedTime(now.Timestamp) > Late);
        return now;
    }

    private bool MayWait(Moment now, LeaseState state)
    {
        var stoodStill = _looked != 0 && clock.GetElapsedTime(_looked, now.Timestamp) > Late;
        _looked = now.Timestamp;
        if (state.Holds)
            _patientUntil = 0;
        // Once, until the lease is renewed: a process that is late every time has no more time for that. Renewals are
        // counted, since between two looks the lease may have begun to hold and be over again.
        else if (_patientAt != state.Renewals && (stoodStill || !state.WasHeld))
        {
            _patientAt = state.Renewals;
            _patientUntil = now.Timestamp + (long)(Patience.TotalSeconds * clock.TimestampFrequency);
            follower.Wake();
        }
        return now.Timestamp < _patientUntil;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
