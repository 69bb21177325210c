using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>
/// Requests that fit nobody's idea of a request: bytes and frames of fine and of hostile ones, spoiled at random. The
/// gateway stays up, answers nothing of its own making with a 5xx, lets go of whoever hangs up, serves whoever asks
/// properly, and what reaches the upstream was granted.
/// </summary>
public sealed class WireFuzzTests
{
    // Everything comes from one address, and most of it is refused: those who ask properly would be refused with it.
    private static readonly Dictionary<string, string?> NoBudgets = new()
    {
        ["Limits:RefusalsPerKey"] = "0",
        ["Limits:RefusalsPerAddress"] = "0",
    };

    [Fact]
    public async Task NothingSpoiled_GetsInWhereItDoesNotBelong_NorBringsAnythingDown()
    {
        await using var keys = await AttackKeys.CreateAsync();
        await using var lane = await AttackLane.StartAsync(keys, NoBudgets);
        var fuzz = new WireFuzz(lane, keys);

        await fuzz.RunAsync(FuzzOptions.Requests, FuzzOptions.Time);

        AttackReport.Add("fuzz", "executions", fuzz.Executions);
        AttackReport.Add("fuzz", "arrived", fuzz.Arrived);
        AttackReport.Add("fuzz", "crashes", fuzz.Faults.Count);
        foreach (var (status, count) in fuzz.Statuses)
            AttackReport.Add("fuzz", $"{status}", count);
        SourceTree.AssertNone(fuzz.Faults);
        // Some get through, or the requests are spoiled past anybody's understanding.
        Assert.True(fuzz.Arrived > fuzz.Executions / 50, $"{fuzz.Arrived} of {fuzz.Executions}");
        Assert.True(fuzz.Statuses.ContainsKey(400) && fuzz.Statuses.ContainsKey(200), $"{fuzz.Executions}");
    }

    [Fact]
    public async Task AHole_IsFound()
    {
        await using var keys = await AttackKeys.CreateAsync();
        await using var lane = await AttackLane.StartAsync(
            keys,
            NoBudgets,
            plant: builder =>
                builder.Services.AddSingleton(s => new RequestGuard(s.GetRequiredService<Gateway.Keys.KeyFormat>())
                {
                    Without = EdgeRules.Path,
                })
        );
        var fuzz = new WireFuzz(lane, keys);

        // Ends as soon as something is found.
        await fuzz.RunAsync(long.MaxValue, TimeSpan.Zero);

        Assert.Contains("can be read as", string.Join('\n', fuzz.Faults), StringComparison.Ordinal);
    }
}
