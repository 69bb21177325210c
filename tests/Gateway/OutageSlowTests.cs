using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A store that is slow instead of dead: answers come after ten seconds, or only questions come through. What is
/// cached is served, everything else is told in time that it cannot be decided, and nothing piles up.</summary>
public sealed class OutageSlowTests
{
    private const string Path = "/v1/read/x";
    private const int MaxLookups = 4;

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Revoked = (HttpStatusCode.Unauthorized, "REVOKED_API_KEY");

    // A turn (0.5 s) and a look-up (0.5 s), or a renewal (2 s), on a machine that has much else to do.
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(15);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Cache:MaxLookups"] = $"{MaxLookups}",
        ["Cache:LookupTimeoutMs"] = "500",
    };

    [Theory]
    [InlineData("delay")]
    [InlineData("deafen")]
    public async Task SlowStore_PilesNothingUp_AndEverythingComesBack(string how)
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var upstream = new RecordingUpstream();
        var clock = new TestClock();
        await using var gateway = await TestGateway.StartAsync(options, TestRoutes.For(upstream), Settings, clock);
        await FloodTests.CompleteAsync(gateway);
        var (_, warm) = await store.IssueKeyAsync();
        var (_, revoked) = await store.IssueKeyAsync(k => k with { RevokedAt = k.CreatedAt });
        var colds = new List<string>();
        for (var i = 0; i < 30; i++)
            colds.Add((await store.IssueKeyAsync(settled: i == 29)).Secret);
        Assert.Equal((Ok, Revoked), (await gateway.TryAsync(Path, warm), await gateway.TryAsync(Path, revoked)));
        var before = relay.Connections;

        if (how == "delay")
            relay.Delay = TimeSpan.FromSeconds(10);
        else
            relay.Deafen();
        for (var wave = 0; wave < 3; wave++)
        {
            await CannotBeDecidedAsync(gateway, colds);
            Assert.Equal((Ok, Revoked), (await gateway.TryAsync(Path, warm), await gateway.TryAsync(Path, revoked)));
        }
        clock.Advance(TimeSpan.FromSeconds(6)); // past the lease
        var watch = Stopwatch.StartNew();
        var stale = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => gateway.TryAsync(Path, warm)));
        Assert.All(stale, a => Assert.Equal(Ok, a));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, InTime);
        await CannotBeDecidedAsync(gateway, colds);
        Assert.Equal(Revoked, await gateway.TryAsync(Path, revoked));
        // Each look-up and each question of the follower once, and once more to cancel it; 240 were asked.
        Assert.InRange(relay.Connections - before, 1, 60);

        relay.Restore();
        await Eventually.TrueAsync(async () => await gateway.TryAsync(Path, colds[0]) == Ok);
        Assert.All(await Task.WhenAll(colds.Select(c => gateway.TryAsync(Path, c))), a => Assert.Equal(Ok, a));
        await Eventually.TrueAsync(() => gateway.Services.GetRequiredService<KeyReader>().Running == 0);
        Assert.Equal(1, gateway.Services.GetRequiredService<ChangeFollower>().Incarnations);
    }

    private static async Task CannotBeDecidedAsync(TestGateway gateway, List<string> keys)
    {
        var watch = Stopwatch.StartNew();
        var asked = keys.Concat(keys).Select(k => gateway.GetAsync(Path, k)).ToList();
        while (!asked.TrueForAll(a => a.IsCompleted))
        {
            Assert.InRange(gateway.Services.GetRequiredService<KeyReader>().Running, 0, MaxLookups);
            await Task.Delay(20);
        }
        foreach (var answer in await Task.WhenAll(asked))
        {
            using (answer)
            {
                Assert.Equal("VERIFICATION_UNAVAILABLE", await ProblemCode.OfAsync(answer));
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.NotNull(answer.Headers.RetryAfter);
            }
        }
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, InTime);
    }
}
