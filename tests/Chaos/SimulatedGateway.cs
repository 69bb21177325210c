namespace Gateway.Tests;

/// <summary>Random spans.</summary>
internal sealed class SimulatedDice(int seed)
{
    private readonly Random _random = new(seed);

    public TimeSpan Ms(double least, double most) =>
        TimeSpan.FromMilliseconds(least + (_random.NextDouble() * (most - least)));

    public bool Chance(double of) => _random.NextDouble() < of;

    public int Below(int count) => _random.Next(count);

    public T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}

/// <summary>A span of time.</summary>
internal sealed record SimulatedSpan(TimeSpan Begin, TimeSpan End)
{
    public bool Has(TimeSpan at) => Begin <= at && at < End;
}

/// <summary>A life of a simulated gateway.</summary>
internal sealed record SimulatedLife(string Name, TimeSpan Started, TimeSpan Registered, TimeSpan Ended, bool Killed)
{
    /// <summary>When each change was applied in it, of those that were committed after it had begun.</summary>
    public SortedList<long, TimeSpan> Applied { get; } = [];

    /// <summary>How many streams each change closed.</summary>
    public Dictionary<long, int> Closed { get; } = [];
}

/// <summary>
/// A gateway that keeps the promise, as a simulation: when it runs, when it can reach the store, when it applies what,
/// until when it may judge. It is nothing like the product; it is what SPEC section 9 says, with dice.
/// </summary>
internal sealed class SimulatedGateway(string name, SimulatedDice dice, TimeSpan lease)
{
    // Renewals are a second apart: the last one before an outage was sent up to that long before it.
    private readonly Dictionary<SimulatedSpan, TimeSpan> _lastRenewals = [];

    public string Name => name;
    public List<SimulatedLife> Lives { get; } = [];
    public List<SimulatedSpan> Pauses { get; } = [];
    public List<SimulatedSpan> Outages { get; } = [];

    public SimulatedLife? LifeAt(TimeSpan at) => Lives.Find(l => l.Registered <= at && at < l.Ended);

    /// <summary>The outage it is in; null when it can reach the store.</summary>
    public SimulatedSpan? OutageAt(TimeSpan at) => Outages.Find(o => o.Has(at));

    /// <summary>When it runs next.</summary>
    public TimeSpan RunsFrom(TimeSpan at) => After(Pauses, at);

    /// <summary>When it reaches the store next.</summary>
    public TimeSpan ReachesFrom(TimeSpan at) => After(Outages, at);

    /// <summary>When its last renewal before an outage, or before its end, was sent.</summary>
    public TimeSpan LastRenewal(SimulatedSpan outage)
    {
        if (!_lastRenewals.TryGetValue(outage, out var sent))
            _lastRenewals[outage] = sent = outage.Begin - dice.Ms(0, 1000);
        return sent;
    }

    /// <summary>When its lease is over, in an outage.</summary>
    public TimeSpan LeaseEnd(SimulatedSpan outage) => LastRenewal(outage) + lease;

    /// <summary>When a change is applied in a life, in order; null when the life ends before.</summary>
    public void Apply(SimulatedLife life, long change, TimeSpan committed)
    {
        if (committed < life.Started)
            return;
        var at = ReachesFrom(committed + dice.Ms(1, 20));
        if (life.Applied.Count > 0 && life.Applied.GetValueAtIndex(life.Applied.Count - 1) is var before && before > at)
            at = before;
        if (at < life.Ended)
            life.Applied.Add(change, at);
    }

    /// <summary>The last change applied at an instant.</summary>
    public static long Position(SimulatedLife life, long head, Func<long, TimeSpan> committed, TimeSpan at)
    {
        var position = head;
        while (position > 0 && (committed(position) >= at || !Knows(life, position, committed, at)))
            position--;
        return position;
    }

    private static bool Knows(SimulatedLife life, long change, Func<long, TimeSpan> committed, TimeSpan at) =>
        life.Applied.TryGetValue(change, out var applied) ? applied <= at : committed(change) < life.Started;

    private static TimeSpan After(List<SimulatedSpan> spans, TimeSpan at)
    {
        while (spans.Find(s => s.Has(at)) is { } span)
            at = span.End;
        return at;
    }
}
