namespace Gateway.Tests;

/// <summary>The checker finds nothing in what a correct fleet did, all that is planted there, and what a fleet with a flaw
/// does by itself.</summary>
/// <param name="output">Where the numbers are told.</param>
public sealed class CheckerMutationTests(ITestOutputHelper output)
{
    private const int SeedsOfAFlaw = 4;

    private static readonly int Seeds = Bound.IsDeep ? 10 : 5;

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(80);

    // What a flaw shows itself by. Each is found in a fleet's own behaviour, so that not every run has to meet it.
    private static readonly (SimulatedFlaw Flaw, string[] Rules)[] Flaws =
    [
        (SimulatedFlaw.ForgetsWhoIsCutOff, ["stale-accept"]),
        (SimulatedFlaw.ForgetsStaleness, ["stale-accept", "late-accept"]),
        (SimulatedFlaw.HonoursForEver, ["too-stale"]),
        (SimulatedFlaw.KeepsOldRecords, ["stale-accept", "valid-refused"]),
        (SimulatedFlaw.DeniesNewKeys, ["valid-refused"]),
        (SimulatedFlaw.DeniesInOutages, ["valid-refused"]),
        (SimulatedFlaw.LeavesStreamsOpen, ["stream-outlives"]),
        (SimulatedFlaw.LosesUsesAtStop, ["use-lost"]),
        (SimulatedFlaw.ForgetsLimit, ["limit"]),
        (SimulatedFlaw.LosesWrites, ["lost-write"]),
    ];

    [Fact]
    public void AFleetThatKeepsItsPromise_IsFoundToKeepIt_AndEachViolationPlanted_IsFound()
    {
        var planted = CheckerPlants.All.ToDictionary(p => p.What, _ => 0);
        var found = CheckerPlants.All.ToDictionary(p => p.What, _ => 0);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var history = Simulation.Run(seed, Length, Pace);
            Assert.Empty(Checker.Check(history));
            foreach (var (what, rules, plant) in CheckerPlants.All)
            {
                if (plant(new CheckerPlants(history)) is not { } changed)
                    continue;
                planted[what]++;
                if (Checker.Check(changed).Any(v => rules.Contains(v.Rule)))
                    found[what]++;
                else
                    output.WriteLine($"seed {seed}: not found: {what}");
            }
        }
        foreach (var what in planted.Keys)
            output.WriteLine($"{found[what], 3} of {planted[what], 3}  {what}");
        Assert.All(planted.Values, n => Assert.InRange(n, Seeds / 2, Seeds));
        Assert.Equal(planted, found);
    }

    [Fact]
    public void AFleetWithAFlaw_IsFoundToHaveIt()
    {
        foreach (var (flaw, rules) in Flaws)
        {
            var found = Enumerable
                .Range(1, SeedsOfAFlaw)
                .Count(seed =>
                    Checker.Check(Simulation.Run(seed, Length, Pace / 4, flaw)).Any(v => rules.Contains(v.Rule))
                );
            output.WriteLine($"{found, 3} of {SeedsOfAFlaw, 3}  {flaw}");
            Assert.NotEqual(0, found);
        }
    }
}
