namespace Gateway.Tests;

/// <summary>What is done to a part of the fleet.</summary>
public enum ChaosAction
{
    /// <summary>A process, or Redis, stands still.</summary>
    Pause,

    /// <summary>A process or a server dies and comes back.</summary>
    Kill,

    /// <summary>A process or a server is stopped as its administrator does it, and comes back.</summary>
    Stop,

    /// <summary><see cref="TcpRelay.Cut"/>.</summary>
    Cut,

    /// <summary><see cref="TcpRelay.Hold"/>.</summary>
    Hold,

    /// <summary><see cref="TcpRelay.Deafen"/>.</summary>
    Deafen,

    /// <summary><see cref="TcpRelay.Strand"/>.</summary>
    Strand,

    /// <summary><see cref="TcpRelay.Delay"/>.</summary>
    Delay,

    /// <summary><see cref="TcpRelay.Jitter"/>.</summary>
    Jitter,

    /// <summary><see cref="TcpRelay.Fray"/>.</summary>
    Fray,

    /// <summary><see cref="TcpRelay.Drop"/>.</summary>
    Drop,
}

/// <summary>What an action is done to.</summary>
public enum ChaosPart
{
    /// <summary>A process.</summary>
    Process,

    /// <summary>A process's way to the store.</summary>
    StorePath,

    /// <summary>A process's way to Redis.</summary>
    RedisPath,

    /// <summary>The store itself, or everybody's way to it.</summary>
    Store,

    /// <summary>Redis itself.</summary>
    Redis,
}

/// <summary>A fault that is to happen.</summary>
/// <param name="At">When, since the schedule began.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Action">What is done.</param>
/// <param name="Part">To what.</param>
/// <param name="Process">Whose; empty for the store and for Redis.</param>
/// <param name="Dice">Where its own chances come from.</param>
public sealed record PlannedFault(
    TimeSpan At,
    TimeSpan Length,
    ChaosAction Action,
    ChaosPart Part,
    string Process,
    int Dice
)
{
    /// <summary>When it is over.</summary>
    public TimeSpan End => At + Length;

    // A process needs to come back before the next thing happens to it.
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(2);

    /// <summary>Whether it and another would get in each other's way.</summary>
    public bool Meets(PlannedFault other) =>
        At < other.End + Gap && other.At < End + Gap && (IsOnSame(other) || IsOnWayOf(other) || other.IsOnWayOf(this));

    private bool IsOnSame(PlannedFault other) => Part == other.Part && Process == other.Process;

    private bool IsOnWayOf(PlannedFault other) => IsOnEveryPath && other.Part == ChaosPart.StorePath;

    // The store's own processes are another matter than the ways to it.
    private bool IsOnEveryPath => Part == ChaosPart.Store && Action is not (ChaosAction.Kill or ChaosAction.Stop);
}

/// <summary>
/// Storms and calms. In a storm several faults overlap, on different parts; a calm is long enough for everything to be
/// as it was, so that what is still refused then has no excuse.
/// </summary>
public static class FaultSchedule
{
    private static readonly TimeSpan FirstCalm = TimeSpan.FromSeconds(3);

    // What can be done to which part, as often as it is named.
    private static readonly (ChaosPart Part, ChaosAction[] Actions)[] Kinds =
    [
        (ChaosPart.Process, [ChaosAction.Pause, ChaosAction.Pause, ChaosAction.Kill, ChaosAction.Stop]),
        (
            ChaosPart.StorePath,
            [
                ChaosAction.Cut,
                ChaosAction.Hold,
                ChaosAction.Deafen,
                ChaosAction.Strand,
                ChaosAction.Delay,
                ChaosAction.Jitter,
                ChaosAction.Fray,
                ChaosAction.Drop,
            ]
        ),
        (ChaosPart.RedisPath, [ChaosAction.Cut, ChaosAction.Hold, ChaosAction.Strand, ChaosAction.Drop]),
        (
            ChaosPart.Store,
            [
                ChaosAction.Kill,
                ChaosAction.Stop,
                ChaosAction.Cut,
                ChaosAction.Hold,
                ChaosAction.Deafen,
                ChaosAction.Delay,
            ]
        ),
        (ChaosPart.Redis, [ChaosAction.Kill, ChaosAction.Pause]),
    ];

    // Of a hundred faults.
    private static readonly (ChaosPart Part, int Chance)[] Shares =
    [
        (ChaosPart.Process, 35),
        (ChaosPart.StorePath, 40),
        (ChaosPart.RedisPath, 7),
        (ChaosPart.Store, 13),
        (ChaosPart.Redis, 5),
    ];

    /// <summary>The faults of a plan, in order.</summary>
    public static IReadOnlyList<PlannedFault> Of(ChaosPlan plan)
    {
        var dice = new ChaosDice(plan.Seed, "faults");
        var faults = new List<PlannedFault>();
        var now = FirstCalm;
        while (true)
        {
            var (storm, calm) = (dice.Between(4, 12), dice.Between(6, 8));
            if (now + storm + calm > plan.Length)
                return [.. faults.OrderBy(f => f.At)];
            AddStorm(faults, plan, dice, now, storm);
            now += storm + calm;
        }
    }

    private static void AddStorm(
        List<PlannedFault> faults,
        ChaosPlan plan,
        ChaosDice dice,
        TimeSpan begin,
        TimeSpan length
    )
    {
        var wanted = faults.Count + 3 + dice.Below(4);
        // Some are in each other's way and are thrown again; not for ever.
        for (var tries = 0; faults.Count < wanted && tries < 50; tries++)
        {
            var fault = Throw(plan, dice, begin, length);
            if (!faults.Exists(fault.Meets))
                faults.Add(fault);
        }
    }

    private static PlannedFault Throw(ChaosPlan plan, ChaosDice dice, TimeSpan begin, TimeSpan storm)
    {
        var part = PartOf(dice.Below(100));
        var action = dice.Of(Kinds.Single(k => k.Part == part).Actions);
        var length = LengthOf(action, dice, plan.Lease);
        if (length > storm)
            length = storm;
        var at = begin + (storm - length) * (dice.Below(100) / 100.0);
        var process = part is ChaosPart.Store or ChaosPart.Redis ? "" : ProcessOf(plan, dice);
        return new PlannedFault(at, length, action, part, process, dice.Below(int.MaxValue));
    }

    private static ChaosPart PartOf(int percent)
    {
        foreach (var (part, chance) in Shares)
        {
            if (percent < chance)
                return part;
            percent -= chance;
        }
        return ChaosPart.Process;
    }

    private static string ProcessOf(ChaosPlan plan, ChaosDice dice) =>
        dice.Of(dice.Percent(75) ? plan.Gateways : plan.Admins);

    // Shorter than a lease, a little longer than one, or longer than a lease and every staleness.
    private static TimeSpan LengthOf(ChaosAction action, ChaosDice dice, TimeSpan lease)
    {
        if (action is ChaosAction.Drop or ChaosAction.Strand)
            return TimeSpan.Zero;
        return dice.Below(3) switch
        {
            0 => dice.Between(0.1, lease.TotalSeconds),
            1 => lease + dice.Between(0.1, 3),
            _ => lease + dice.Between(5, 7),
        };
    }
}
