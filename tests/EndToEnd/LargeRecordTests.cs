namespace Gateway.Tests;

/// <summary>What is read from the store may be of any size: the thread that hears of sockets must not wait for the rest of
/// it, for then nobody would hear that it is there.</summary>
public sealed class LargeRecordTests
{
    // More than a driver's buffer holds by far.
    private const int Ranges = 5_000;

    [Fact]
    public async Task KeyWithManyRanges_IsLookedUp_ByAProcessThatCarriesRequestsOnWhereSocketsAreHeardOf()
    {
        await using var store = await TestStore.PostgresAsync();
        List<string> ranges = [.. Enumerable.Range(0, Ranges).Select(i => $"10.{i / 250}.{i % 250}.0/24"), "127.0.0.1"];
        var (_, secret) = await store.IssueKeyAsync(k => k with { AllowedIps = ranges });
        await using var pair = new ProcessPair(store.Options);
        pair.StartGateway(("Gateway:InlineScheduling", "true"));
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Status == 200);

        Assert.Equal("200", await pair.CallAsync(secret));
    }
}
