namespace Gateway.Tests;

/// <summary>What one run is to be: all of it follows from the seed and the length.</summary>
public sealed record ChaosPlan
{
    /// <summary>What every number here comes from.</summary>
    public required int Seed { get; init; }

    /// <summary>How long faults and writes go on.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>Length of a lease.</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>The gateways' labels.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = ["edge-1", "edge-2", "edge-3"];

    /// <summary>The admin APIs' labels.</summary>
    public IReadOnlyList<string> Admins { get; init; } = ["desk-1", "desk-2"];

    /// <summary>What is done to the fleet, in order.</summary>
    public IReadOnlyList<PlannedFault> Faults { get; init; } = [];

    /// <summary>What is written, in order.</summary>
    public IReadOnlyList<PlannedWrite> Writes { get; init; } = [];

    /// <summary>The plan of a seed.</summary>
    public static ChaosPlan Of(int seed, TimeSpan length)
    {
        // A lease of one second is the hardest; the other is there because a renewal then has time to be late.
        var plan = new ChaosPlan
        {
            Seed = seed,
            Length = length,
            Lease = TimeSpan.FromSeconds(1 + seed % 2),
        };
        return plan with { Faults = FaultSchedule.Of(plan), Writes = WriteSchedule.Of(plan) };
    }
}

/// <summary>A source of chance that gives the same for the same seed.</summary>
public sealed class ChaosDice(int seed, string purpose)
{
    private readonly Random _random = new(HashCode(seed, purpose));

    /// <summary>A number from 0 up to, and without, a bound.</summary>
    public int Below(int bound) => _random.Next(bound);

    /// <summary>Whether something happens that happens so many times in a hundred.</summary>
    public bool Percent(int chance) => _random.Next(100) < chance;

    /// <summary>One of these.</summary>
    public T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>A time between two, to the millisecond.</summary>
    public TimeSpan Between(double seconds, double more) =>
        TimeSpan.FromMilliseconds(_random.Next((int)(seconds * 1000), (int)(more * 1000) + 1));

    // The framework's own is another one in each process.
    private static int HashCode(int seed, string purpose) =>
        purpose.Aggregate(seed * 486_187_739 + 17, (hash, c) => unchecked(hash * 31 + c));
}
