using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A change counts as applied only once its streams are closed, whatever goes wrong on the way.</summary>
public sealed class StreamFollowingTests
{
    [Theory]
    [InlineData("sqlite", "update changes set id = 'other' where number = 2")]
    [InlineData("postgres", "update changes set id = 'other' where number = 2")]
    [InlineData("sqlite", "update gateways set state = 'closed'")]
    [InlineData("postgres", "update gateways set state = 'closed'")]
    public async Task AnotherDatabase_EndsTheStreamsOfKeysItRefuses_AndNoOther(string provider, string sql)
    {
        await using var store = await TestStore.CreateAsync(provider);
        // Time stands still, so that a slow machine is not taken for a store that does not come back.
        await using var gateway = await StreamGateway.StartAsync(store.Options, clock: new ManualClock());
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        var (_, good) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var others = await gateway.Clients.OpenAllAsync(good);

        // What no feed would tell of: another history.
        await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { DisabledAt = key.CreatedAt, Version = 2 });
            await s.ExecuteAsync(sql);
        });

        // So nobody else asks for it.
        var follower = gateway.Gateway.Services.GetRequiredService<ChangeFollower>();
        await follower.RenewAsync();

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Eventually.TrueAsync(() => follower.Incarnations == 2 && follower.Problem is null);
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task ChangeWhoseStreamsCannotBeJudged_IsNotAcknowledged_UntilTheyAre(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await StreamGateway.StartAsync(
            store.Options,
            new() { ["Changes:LeaseSeconds"] = "2" }
        );
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);

        // The table of its account is away, so that the feed can be read, and renewals be written, and no key be read.
        var change = await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { DisabledAt = key.CreatedAt, Version = 2 });
            await s.ExecuteAsync("alter table accounts rename to away");
            return await s.AppendChangeAsync(ChangeKinds.KeyUpdated, key.AccountId, key);
        });
        var cache = gateway.Gateway.Services.GetRequiredService<KeyCache>();
        await Eventually.TrueAsync(() => cache.Applied == change);
        var renewals = (await RowAsync(store)).Renewals;
        await Eventually.TrueAsync(async () => (await RowAsync(store)).Renewals > renewals + 1);
        Assert.Equal(change - 1, (await RowAsync(store)).Applied);
        Assert.Empty(await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(change, change)));
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));

        await store.Database.WriteAsync(s => s.ExecuteAsync("alter table away rename to accounts"));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        Assert.Equal(streams.Count, await StreamsTests.StreamsClosedAsync(store, change));
        Assert.Equal(1, gateway.Gateway.Services.GetRequiredService<ChangeFollower>().Incarnations);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RecordThatCannotBeUnderstood_EndsItsOwnStreams_AndHoldsUpNothing(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var account = await store.AddAccountAsync();
        var (bad, secret) = await StreamGateway.IssueKeyAsync(store, k => k with { AccountId = account.Id });
        var (_, good) = await StreamGateway.IssueKeyAsync(store, k => k with { AccountId = account.Id });
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var others = await gateway.Clients.OpenAllAsync(good);

        await store.Database.WriteAsync(s =>
            s.ExecuteAsync("update api_keys set permissions = '{' where id = @Id", new { bad.Id })
        );
        await store.ChangeAccountAsync(account with { Name = "Another name" });

        Assert.Equal(streams.Count, await StreamsTests.StreamsClosedAsync(store));
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Fact]
    public async Task ChangesThatComeTogether_CloseAStreamOnce_AndTheRevocationIsToldOfIt()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);

        var first = await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            var number = await s.AppendChangeAsync(ChangeKinds.KeyUpdated, key.AccountId, key);
            await s.AppendChangeAsync(ChangeKinds.KeyRevoked, key.AccountId, key);
            await s.AppendChangeAsync(ChangeKinds.AccountUpdated, key.AccountId);
            return number;
        });
        await store.SettledAsync();

        int[] closed =
        [
            await StreamsTests.StreamsClosedAsync(store, first),
            await StreamsTests.StreamsClosedAsync(store, first + 1),
            await StreamsTests.StreamsClosedAsync(store, first + 2),
        ];
        Assert.Equal([0, streams.Count, 0], closed);
    }

    [Fact]
    public async Task StreamsAreCounted_OpenAndClosed_ByReason()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        Assert.Equal((streams.Count, 0), await CountsAsync(gateway));

        await store.ChangeKeyAsync(key, k => k with { DisabledAt = k.CreatedAt });

        Assert.Equal((0, streams.Count), await CountsAsync(gateway));
    }

    private static async Task<(double Open, double Closed)> CountsAsync(StreamGateway gateway)
    {
        var scrape = new PrometheusScrape((await gateway.Gateway.OpsAsync("/metrics")).Text);
        return (scrape["gateway_streams_open"], scrape["""gateway_streams_closed_total{reason="DISABLED_API_KEY"}"""]);
    }

    private static async Task<GatewayRow> RowAsync(TestStore store) =>
        Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync()));
}
