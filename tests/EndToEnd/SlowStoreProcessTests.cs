using System.Globalization;

namespace Gateway.Tests;

/// <summary>A gateway process whose store answers after ten seconds, or keeps everybody waiting for its write lock: however
/// many ask, it takes no thread for each, and is as small afterwards as before.</summary>
public sealed class SlowStoreProcessTests
{
    private const int AtOnce = 300;
    private const int Waves = 2;

    // The runtime's own, a pool as large as it grows on a few processors, and four questions that block.
    private const int MaxThreads = 100;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RequestsThatWait_TakeNoThreads_AndAllAreAnswered(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        var (relay, options) = provider == "postgres" ? store.Relayed() : (null, store.Options);
        await using var network = relay;
        await using var outage = provider == "sqlite" ? StoreOutage.Of(store) : null;
        await using var pair = new ProcessPair(options);
        var gateway = pair.StartGateway(("Changes:LeaseSeconds", "1"), ("LastUsed:FlushSeconds", "1"));
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Status == 200);
        var (_, warm) = await store.IssueKeyAsync();
        var (_, cold) = await store.IssueKeyAsync();
        await Eventually.TrueAsync(async () => await pair.CallAsync(warm) == "200");

        if (relay is not null)
            relay.Delay = TimeSpan.FromSeconds(10);
        else
            await outage!.BeginAsync();
        var most = 0;
        for (var wave = 0; wave < Waves; wave++)
        {
            var asked = Enumerable.Range(0, AtOnce).Select(i => pair.CallAsync(i % 2 == 0 ? warm : cold)).ToList();
            while (!asked.TrueForAll(a => a.IsCompleted))
            {
                most = Math.Max(most, Threads(gateway));
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
            Assert.All(await Task.WhenAll(asked), a => Assert.True(a is "200" or "503 VERIFICATION_UNAVAILABLE", a));
        }
        Assert.InRange(most, 1, MaxThreads);

        relay?.Restore();
        await (outage?.EndAsync() ?? Task.CompletedTask);
        await Eventually.TrueAsync(async () => await pair.CallAsync(cold) == "200");
        await Eventually.TrueAsync(async () => await pair.CallAsync(warm) == "200");
        Assert.InRange(Threads(gateway), 1, MaxThreads);
    }

    private static int Threads(RunningProcess process) =>
        int.Parse(
            File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith("Threads:", StringComparison.Ordinal))[
                8..
            ],
            CultureInfo.InvariantCulture
        );
}
