using System.Collections.Concurrent;

namespace Gateway.Tests;

/// <summary>The keys and a few gateways, one for each request that is under way.</summary>
public sealed class AttackStand : IAsyncLifetime
{
    // Most of a request's time is waiting for what does not come.
    private const int Lanes = 4;

    private readonly ConcurrentBag<AttackLane> _free = [];
    private AttackLane[] _lanes = [];

    /// <summary>The keys.</summary>
    public AttackKeys Keys { get; private set; } = null!;

    /// <summary>A gateway for a test that needs one to itself: requests run one after another in a collection.</summary>
    public AttackLane Lane => _lanes[0];

    /// <summary>One more, for floods alone: what is left of one is nobody else's business.</summary>
    public AttackLane Flooded { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Keys = await AttackKeys.CreateAsync();
        _lanes = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => AttackLane.StartAsync(Keys)));
        foreach (var lane in _lanes)
            _free.Add(lane);
        Flooded = await AttackLane.StartAsync(Keys, new() { ["Gateway:DrainSeconds"] = "1" });
    }

    /// <summary>Runs requests and fails when one of them is not dealt with as it must.</summary>
    /// <param name="part">What they are counted as.</param>
    /// <param name="attacks">The requests.</param>
    public async Task AssertAsync(string part, IEnumerable<AttackCase> attacks)
    {
        ConcurrentBag<AttackVerdict> verdicts = [];
        await Parallel.ForEachAsync(
            attacks,
            new ParallelOptions { MaxDegreeOfParallelism = Lanes },
            async (attack, _) =>
            {
                Assert.True(_free.TryTake(out var lane));
                try
                {
                    verdicts.Add(await lane.RunAsync(attack));
                }
                finally
                {
                    _free.Add(lane);
                }
            }
        );
        AttackReport.Add(part, verdicts);
        Assert.NotEmpty(verdicts);
        SourceTree.AssertNone(verdicts.Where(v => v.Faults.Count > 0).Select(v => v.ToString()));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes.Append(Flooded))
            await lane.DisposeAsync();
        await Keys.DisposeAsync();
    }
}

/// <summary>Tests that send hostile requests share their gateways, and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class HostileCollection : ICollectionFixture<AttackStand>
{
    /// <summary>Its name.</summary>
    public const string Name = "hostile";
}
