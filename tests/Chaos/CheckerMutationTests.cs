namespace Gateway.Tests;

/// <summary>The checker finds nothing in what a correct fleet did, and all that is planted there.</summary>
public sealed class CheckerMutationTests(ITestOutputHelper output)
{
    private const int Seeds = 12;

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(80);

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
        Assert.All(planted.Values, n => Assert.InRange(n, 1, Seeds));
        Assert.Equal(planted, found);
    }
}
