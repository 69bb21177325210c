using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A change is in force at every gateway when it has been acknowledged, whatever becomes of the database.</summary>
public sealed class FollowerTests
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Revoked = (HttpStatusCode.Unauthorized, "REVOKED_API_KEY");
    private static readonly (HttpStatusCode, string) Unknown = (HttpStatusCode.Unauthorized, "INVALID_API_KEY");

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RevokedKey_IsRefused_OnTheNextRequest_AtEveryGateway(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var one = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        await using var two = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var (key, secret) = await store.IssueKeyAsync();
        Assert.Equal((Ok, Ok), (await one.TryAsync(Path, secret), await two.TryAsync(Path, secret)));

        await RevokeAsync(store, key);

        Assert.Equal((Revoked, Revoked), (await one.TryAsync(Path, secret), await two.TryAsync(Path, secret)));
        var head = await store.Database.ReadAsync(s => s.GetHeadAsync());
        await Eventually.TrueAsync(async () =>
            (await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(head, head))).Count == 2
        );
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task NewKey_WorksAtOnce_ThoughItWasAskedForAMomentBefore(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        await FloodTests.CompleteAsync(gateway);
        for (var i = 0; i < 3; i++)
        {
            var secret = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
            Assert.Equal(Unknown, await gateway.TryAsync(Path, secret));
            Assert.Equal(Unknown, await gateway.TryAsync(Path, secret));

            await store.IssueKeyAsync(secret: secret);
            await store.SettledAsync();

            Assert.Equal(Ok, await gateway.TryAsync(Path, secret));
        }
        // What was unknown cost no look-up.
        Assert.Equal(3, gateway.Services.GetRequiredService<KeyReader>().Lookups);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task FirstRequests_InParallel_AreOneLookup(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var (_, secret) = await store.IssueKeyAsync();
        await store.SettledAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => gateway.TryAsync(Path, secret)));

        Assert.All(answers, a => Assert.Equal(Ok, a));
        Assert.Equal(1, gateway.Services.GetRequiredService<KeyReader>().Lookups);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task GatewayThatStopsCleanly_ClosesItsRow(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            new() { ["Gateway:InstanceId"] = "edge-7", ["Changes:LeaseSeconds"] = "7" }
        );
        var row = Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal(("edge-7", GatewayRow.Open), (row.InstanceId, row.State));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(60)), (row.Lease, row.MaxStaleness));

        await gateway.StopAsync();

        row = Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal(GatewayRow.Closed, row.State);
    }

    [Theory]
    [InlineData("sqlite", "update changes set id = 'other' where number = 2")]
    [InlineData("postgres", "update changes set id = 'other' where number = 2")]
    [InlineData("sqlite", "delete from changes where number = 2; update change_counter set head = 1")]
    [InlineData("postgres", "delete from changes where number = 2; update change_counter set head = 1")]
    [InlineData("sqlite", "update changes set number = 3 where number = 2; update change_counter set head = 3")]
    [InlineData("sqlite", "update gateways set state = 'closed'")]
    [InlineData("postgres", "update gateways set state = 'closed'")]
    [InlineData("sqlite", "delete from gateways")]
    public async Task AnotherDatabaseThanTheOneFollowed_DropsAllThatIsCached_AndStartsOver(string provider, string sql)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var (key, secret) = await store.IssueKeyAsync();
        await store.IssueKeyAsync();
        await store.SettledAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));
        var follower = gateway.Services.GetRequiredService<ChangeFollower>();
        var before = follower.Incarnation;

        // What no feed would tell of: another history.
        await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            await s.ExecuteAsync(sql);
        });
        await Eventually.TrueAsync(() => follower.Incarnations == 2 && follower.Problem is null);

        Assert.Equal(Revoked, await gateway.TryAsync(Path, secret));
        var open = Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
        Assert.Equal(follower.Incarnation, open.Incarnation);
        Assert.NotEqual(before, open.Incarnation);
        var (other, second) = await store.IssueKeyAsync();
        await RevokeAsync(store, other);
        Assert.Equal(Revoked, await gateway.TryAsync(Path, second));
    }

    [Fact]
    public async Task ChangesThatWaited_AreAllApplied_AndAcknowledged()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var (key, secret) = await store.IssueKeyAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));

        // More than a page.
        var number = await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            await s.AppendChangeAsync(ChangeKinds.KeyRevoked, key.AccountId, key);
            for (var i = 0; i < 1_200; i++)
                await s.AppendChangeAsync(ChangeKinds.AccountUpdated, "acc_other");
            return await s.GetHeadAsync();
        });
        await store.AcknowledgedAsync(number);

        Assert.Equal(Revoked, await gateway.TryAsync(Path, secret));
        await Eventually.TrueAsync(async () =>
            (await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(1, number))).Count == number
        );
    }

    // The renewal's head is read by its statement; what is committed before its commit is not in it, but whoever committed
    // that may have read the row from before the renewal, with a shorter staleness.
    [Fact]
    public async Task ChangesCommittedBeforeARenewal_AreAllApplied_BeforeTheLeaseIsTakenUp()
    {
        const int Changes = 1_200; // more than two pages
        await using var store = await TestStore.PostgresAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var cache = gateway.Services.GetRequiredService<KeyCache>();
        var lease = gateway.Services.GetRequiredService<Lease>();

        await store.Database.WriteAsync(s =>
            s.ExecuteAsync(
                $"""
                create function come_with_a_renewal() returns trigger language plpgsql as $$ begin
                  insert into changes (number, id, kind, account_id, at)
                  select n, md5(n::text), '{ChangeKinds.AccountUpdated}', 'acc_other', clock_timestamp()
                  from generate_series((select head + 1 from change_counter where id = 1), {Changes}) n;
                  update change_counter set head = {Changes} where id = 1;
                  return null;
                end $$;
                create trigger come_with_a_renewal after update of renewals on gateways
                for each row execute function come_with_a_renewal();
                """
            )
        );
        // No hint tells of them: without the rule the rest would come with the next poll, up to a second later.
        var longest = TimeSpan.Zero;
        while (cache.Applied < Changes)
        {
            var left = cache.Applied > 0 ? lease.Left(lease.Now()) : TimeSpan.Zero;
            if (cache.Applied < Changes && left > longest)
                longest = left;
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        // Of the renewal before, which was a second earlier.
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(4.1));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task ChangeThatWasApplied_ButCouldNotBeAcknowledged_IsAcknowledgedLater(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var (key, secret) = await store.IssueKeyAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));

        await store.Database.WriteAsync(s => s.ExecuteAsync("alter table acknowledgements rename to away"));
        var number = await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            return await s.AppendChangeAsync(ChangeKinds.KeyRevoked, key.AccountId, key);
        });
        await Eventually.TrueAsync(async () => await gateway.TryAsync(Path, secret) == Revoked);
        await store.Database.WriteAsync(s => s.ExecuteAsync("alter table away rename to acknowledgements"));

        await Eventually.TrueAsync(async () =>
            (await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(number, number))).Count == 1
        );
        Assert.Equal(1, gateway.Services.GetRequiredService<ChangeFollower>().Incarnations);
    }

    [Fact]
    public async Task NotificationOfPostgres_WakesTheFollower_LongBeforeItsPoll()
    {
        await using var store = await TestStore.PostgresAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        await Eventually.TrueAsync(async () =>
            await store.Database.ReadAsync(s =>
                s.ValueAsync<long>("select count(*) from pg_stat_activity where query = 'listen gateway_changes'")
            ) > 0
        );

        for (var i = 0; i < 8; i++)
        {
            await store.IssueKeyAsync();
            await store.SettledAsync();
        }

        // Without the hint each would wait for the next poll, a second after the last.
        Assert.InRange(await MedianAsync(store), 0, 400);
    }

    [Fact]
    public async Task Lease_CountsFromBeforeItsRenewalWasSent()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(options, TestRoutes.For(upstream));
        var lease = gateway.Services.GetRequiredService<Lease>();

        // A renewal takes a round trip and the poll after it another, 200 ms each: of five seconds 4.6 are left as it is
        // taken up, and 4.8 if it counted from its answer.
        relay.Delay = TimeSpan.FromMilliseconds(100);
        var longest = TimeSpan.Zero;
        for (var i = 0; i < 400; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
            // What was taken up before there was a delay has less than three seconds left by then.
            var left = lease.Left(lease.Now());
            if (i > 200 && left > longest)
                longest = left;
        }

        Assert.InRange(longest, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4.7));
    }

    [Fact]
    public async Task DatabaseThatLosesItsFeed_IsSaidToBeBroken_UntilItHasOneAgain()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var (_, secret) = await store.IssueKeyAsync();
        await store.SettledAsync();

        await store.Database.WriteAsync(s => s.ExecuteAsync("delete from changes"));
        await Eventually.TrueAsync(async () =>
            await gateway.OpsAsync("/readyz") is { Status: HttpStatusCode.ServiceUnavailable, Text: var text }
            && text.Contains("there is no such change", StringComparison.Ordinal)
        );

        Assert.Equal("VERIFICATION_UNAVAILABLE", (await gateway.TryAsync(Path, secret)).Code);
        await store.IssueKeyAsync();
        await Eventually.TrueAsync(async () => await gateway.TryAsync(Path, secret) == Ok);
    }

    internal static async Task<long> MedianAsync(TestStore store)
    {
        var acknowledged = await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(1, long.MaxValue));
        return acknowledged.Select(a => a.AppliedAfterMs).Order().ElementAt(acknowledged.Count / 2);
    }

    private static Task RevokeAsync(TestStore store, KeyRecord key) =>
        store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);
}
