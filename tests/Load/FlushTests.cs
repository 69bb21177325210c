using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A flush is a few statements, however many requests it tells of.</summary>
public sealed class FlushTests
{
    private const int Keys = 2_500;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Flush_TakesAsFewTransactionsAsItsRowsNeed(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        var now = TimeProvider.System.Now();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        var ids = Enumerable.Range(0, Keys).Select(i => $"key_{i:x32}").ToList();
        var batch = new UsageBatch(
            Ids.Random(),
            [.. ids.Select(id => new LastUse(id, now))],
            [.. ids.Select(id => new UsageCount(id, hour, "allowed", 1_000_000))]
        );

        await store.Database.WriteUsageAsync(batch);
        await store.Database.WriteUsageAsync(batch);

        var most = UsageStore.PerPart(store.Database.Dialect);
        var each = (Keys + most - 1) / most;
        Assert.InRange(most, 500, 5_000);
        Assert.Equal(2 * each, await ValueAsync(store, "select count(*) from usage_batches"));
        Assert.Equal(Keys, await ValueAsync(store, "select count(*) from last_used"));
        Assert.Equal(
            Keys * 1_000_000L,
            await ValueAsync(store, "select cast(sum(requests) as bigint) from usage_hourly")
        );
    }

    [Fact]
    public async Task Uses_AreNotRecorded_WhereTheyAreNotWanted()
    {
        await using var store = await TestStore.SqliteAsync();
        var (key, secret) = await store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        await using var upstream = new RecordingUpstream();
        var settings = new Dictionary<string, string?> { ["LastUsed:Record"] = "false" };
        await using (var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream), settings))
        {
            await gateway.TryAsync("/v1/read/x", secret);
            await gateway.TryAsync("/v1/admin/x", secret);
            await gateway.StopAsync();
        }

        Assert.Null((await store.Database.ReadAsync(s => s.GetKeyAsync(key.Id)))!.LastUsedAt);
        Assert.Equal(0, await ValueAsync(store, "select count(*) from usage_hourly"));
    }

    private static Task<long> ValueAsync(TestStore store, string sql) =>
        store.Database.ReadAsync(s => s.ValueAsync<long>(sql));
}
