using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Floods of well-formed keys that do not exist: they cost the store little, and cold keys nothing.</summary>
public sealed class FloodTests
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Unknown = (HttpStatusCode.Unauthorized, "INVALID_API_KEY");
    private static readonly (HttpStatusCode, string) Undecided = (
        HttpStatusCode.ServiceUnavailable,
        "VERIFICATION_UNAVAILABLE"
    );

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task UnknownKeys_CostNoLookup_OnceAllHashesAreKnown_AndColdKeysWork(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        var (_, before) = await store.IssueKeyAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        await CompleteAsync(gateway);
        var (_, after) = await store.IssueKeyAsync();

        var answers = await FloodAsync(gateway, 500);

        Assert.All(answers, a => Assert.Equal(Unknown, a));
        var metrics = new PrometheusScrape((await gateway.OpsAsync("/metrics")).Text);
        Assert.Equal(0, metrics["gateway_store_lookups_total"]);
        Assert.Equal((500, 1), (metrics["gateway_hashes_answers_total"], metrics["gateway_hashes_complete"]));
        Assert.Equal((0, 0), (metrics["gateway_cache_unknown"], metrics["gateway_cache_misses_total"]));
        Assert.Equal(2, metrics["gateway_hashes_keys"]);
        Assert.Equal((Ok, Ok), (await gateway.TryAsync(Path, before), await gateway.TryAsync(Path, after)));
        Assert.Equal(2, gateway.Services.GetRequiredService<KeyReader>().Lookups);
    }

    // Its maker was told that it is made, though not that every gateway has heard of it.
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task KeyThatWasMadeAMomentAgo_Works_WhereItsChangeIsNotAppliedYet(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        await CompleteAsync(gateway);

        for (var i = 0; i < 20; i++)
        {
            var (_, secret) = await store.IssueKeyAsync();
            Assert.Equal(Ok, await gateway.TryAsync(Path, secret));
        }
    }

    // Only a poll tells whether it is new, and there is none.
    [Fact]
    public async Task UnknownKey_CannotBeDecided_WhileTheStoreIsAway()
    {
        await using var store = await TestStore.PostgresAsync();
        await using var outage = StoreOutage.Of(store);
        await using var upstream = new RecordingUpstream();
        var settings = new Dictionary<string, string?> { ["Changes:LeaseSeconds"] = "60" };
        await using var gateway = await TestGateway.StartAsync(outage.Options, TestRoutes.For(upstream), settings);
        await CompleteAsync(gateway);
        var stranger = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
        Assert.Equal(Unknown, await gateway.TryAsync(Path, stranger));

        await outage.BeginAsync();
        Assert.Equal(Undecided, await gateway.TryAsync(Path, stranger));
        await outage.EndAsync();

        await Eventually.TrueAsync(async () => await gateway.TryAsync(Path, stranger) == Unknown);
    }

    [Fact]
    public async Task UntilAllHashesAreKnown_LookupsAreBounded_AndWhatIsKnownHasItsTurn()
    {
        await using var store = await TestStore.PostgresAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            new()
            {
                ["Cache:MaxLookups"] = "8",
                ["Cache:MaxWaiting"] = "40",
                ["Cache:LookupTimeoutMs"] = "10000",
            }
        );
        await ForgetAsync(gateway);
        var (_, cold) = await store.IssueKeyAsync();
        var (_, other) = await store.IssueKeyAsync();

        // Nothing that looks a key up comes back while this is held.
        await using var held = await store.Database.OpenAsync();
        await held.ExecuteAsync("begin; lock table api_keys in access exclusive mode");
        var flood = FloodAsync(gateway, 300);
        await Eventually.TrueAsync(async () => await BlockedAsync(store) == 6);
        var late = new[] { gateway.TryAsync(Path, cold), gateway.TryAsync(Path, other) };
        await Eventually.TrueAsync(async () => await BlockedAsync(store) == 8);
        await Task.Delay(700, TestContext.Current.CancellationToken); // longer than any wait for a turn

        Assert.Equal(8, await BlockedAsync(store));
        var metrics = new PrometheusScrape((await gateway.OpsAsync("/metrics")).Text);
        Assert.Equal(8, metrics["gateway_store_lookups_running"]);
        await held.ExecuteAsync("commit");
        Assert.All(await Task.WhenAll(late), a => Assert.Equal(Ok, a));
        // Whoever had a turn was answered by the store; the others could not be decided, which is no 401.
        var answers = await flood;
        Assert.Equal(6, answers.Count(a => a == Unknown));
        Assert.Equal(294, answers.Count(a => a.Status == HttpStatusCode.ServiceUnavailable));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task MoreKeysThanAFilterIsMadeFor_AreReadIntoALargerOne(string provider)
    {
        const int count = KnownHashesLoader.FirstCapacity + 2_000;
        await using var store = await TestStore.CreateAsync(provider);
        var (key, first) = await store.IssueKeyAsync();
        await store.Database.WriteAtLengthAsync(
            async s =>
            {
                await s.ScriptAsync(ManyKeys(provider, key.Id, count), default);
                return true;
            },
            default
        );
        var (_, last) = await store.IssueKeyAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));

        Assert.Equal((Ok, Ok), (await gateway.TryAsync(Path, first), await gateway.TryAsync(Path, last)));
        await CompleteAsync(gateway);

        Assert.InRange(gateway.Services.GetRequiredService<KnownHashes>().Count, count, count + 2);
        Assert.All(await FloodAsync(gateway, 100), a => Assert.Equal(Unknown, a));
        Assert.InRange(gateway.Services.GetRequiredService<KeyReader>().Lookups, 2, 3);
    }

    [Fact]
    public async Task KeyThatIsInTheStoreWithoutAChange_IsFoundInAWhile()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var clock = new TestClock();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream), clock: clock);
        await CompleteAsync(gateway);
        var (key, _) = await store.IssueKeyAsync();
        var secret = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
        var (hash, _) = new KeyHasher(new KeyOptions()).HashNew(secret);
        await store.Database.WriteAsync(s =>
            s.InsertKeyAsync(key with { Id = "key_x", LineId = "key_x", Hash = hash })
        );
        Assert.Equal(Unknown, await gateway.TryAsync(Path, secret));

        clock.Advance(TimeSpan.FromMinutes(10));

        await Eventually.TrueAsync(async () => await gateway.TryAsync(Path, secret) == Ok);
    }

    internal static Task CompleteAsync(TestGateway gateway) =>
        Eventually.TrueAsync(() => gateway.Services.GetRequiredService<KnownHashes>().IsComplete);

    // As long as a load takes, but for as long as the test does.
    private static async Task ForgetAsync(TestGateway gateway)
    {
        await gateway.Services.GetRequiredService<KnownHashesLoader>().StopAsync(CancellationToken.None);
        var known = gateway.Services.GetRequiredService<KnownHashes>();
        known.StartOver();
        known.Begin(1_000);
    }

    private static Task<(HttpStatusCode Status, string Code)[]> FloodAsync(TestGateway gateway, int count) =>
        Task.WhenAll(
            Enumerable
                .Range(0, count)
                .Select(_ => gateway.TryAsync(Path, TestKeys.Format.Generate(TestKeys.Format.Environments[0])))
        );

    private static Task<long> BlockedAsync(TestStore store) =>
        store.Database.ReadAsync(s =>
            s.ValueAsync<long>(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock' and query like '%k.key_hash%'
                """
            )
        );

    // Copies of one key but for what must differ.
    private static string ManyKeys(string provider, string id, int count) =>
        $"""
            with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})
            insert into api_keys (id, account_id, name, key_prefix, key_hash, environment, wallet_scope, wallet_bindings,
              line_id, created_by, created_at, updated_at, version)
            select 'key_' || n.i, account_id, name, key_prefix,
              {(provider == "sqlite" ? "randomblob(32)" : "sha256(n.i::text::bytea)")}, environment, wallet_scope,
              wallet_bindings, line_id, created_by, created_at, updated_at, version
            from api_keys k, n where k.id = '{id}'
            """;
}
