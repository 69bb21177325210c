using Gateway.Load;

namespace Gateway.Tests;

/// <summary>A rolling restart of three gateways behind a real HAProxy, as <c>make rolling</c> does it, only shorter.</summary>
public sealed class RollingTests
{
    [Fact]
    public async Task RollingRestart_FailsNoRequest_LosesNoUse_AndLeavesNoRowOpen()
    {
        var gateway = Path.Combine(
            Repository.Root,
            "gateway",
            "bin",
            new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
            "net10.0",
            "gateway.dll"
        );
        await using var stand = await ScaleStand.OpenAsync(new StandOptions(gateway, "", "", ""));

        // No longer than until each has been restarted.
        var outcome = await RollingRestart.RunAsync(
            stand,
            new RollingPlan("sqlite", TimeSpan.Zero, PerSecond: 80, DrainDelaySeconds: 2)
        );

        Assert.True(outcome.Tally.Failures == 0, outcome.Tally.Words());
        Assert.InRange(outcome.Tally.Answered, 1, long.MaxValue);
        Assert.Equal(3, outcome.StartSeconds.Count);
        Assert.Equal((0, 0), (outcome.BadExits, outcome.OpenRows));
        Assert.Equal(outcome.Tally.Answered, outcome.Recorded);
    }
}
