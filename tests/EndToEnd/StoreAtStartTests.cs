namespace Gateway.Tests;

/// <summary>The real executables on a store that is away, or newer than they are: they run, say why they are not ready,
/// and neither refuse a key for it nor let one through.</summary>
public sealed class StoreAtStartTests
{
    private static readonly string WellFormed = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StoreThatIsDownAtStart_IsNotABadKey_AndEverythingWorksByItselfOnceItIsThere(bool andRedis)
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var _ = relay;
        relay.Cut();
        await using var redis = await RedisServer.RelayAsync();
        redis.Cut();
        await using var pair = new ProcessPair(options);
        (string, string?)[] settings = andRedis ? [("Redis:Configuration", $"127.0.0.1:{redis.Port}")] : [];
        var (admin, gateway) = (pair.StartAdmin(settings), pair.StartGateway(settings));

        await Eventually.TrueAsync(async () => (await ProcessPair.GetAsync(pair.Ops, "/healthz")).Status == 200);
        await Eventually.TrueAsync(async () => (await ProcessPair.GetAsync(pair.Desk, "/healthz")).Status == 200);
        foreach (var process in new[] { pair.Ops, pair.Desk })
        {
            await Eventually.TrueAsync(async () =>
                (await ProcessPair.ReadyzAsync(process)).Text.Contains("The store ", StringComparison.Ordinal)
            );
            Assert.Equal(503, (await ProcessPair.ReadyzAsync(process)).Status);
        }
        await CheckUndecidedAsync(pair);
        (await AccountsAsync(pair)).Refused(503, "STORE_UNAVAILABLE");

        relay.Restore();
        await pair.ReadyAsync();
        var (account, id, key) = await pair.MakeKeyAsync();
        await Eventually.TrueAsync(async () => await pair.CallAsync(key) == "200");
        Assert.True((bool)(await pair.RevokeAsync(account, id)).Succeeded().Data["propagation"]!["complete"]!);
        Assert.Equal("401 REVOKED_API_KEY", await pair.CallAsync(key));

        // Redis was not missed, and is found by itself too: each of the two has a connection, or more.
        redis.Restore();
        if (andRedis)
            await Eventually.TrueAsync(() => redis.Connections >= 2, TimeSpan.FromSeconds(60));
        Assert.False(admin.HasExited || gateway.HasExited);
    }

    [Fact]
    public async Task DatabaseNewerThanTheProgram_IsRefused_InWords()
    {
        await using var store = await TestStore.SqliteAsync();
        await store.Database.WriteAsync(s => s.ExecuteAsync("insert into schema_migrations (version) values ('9999')"));
        await using var pair = new ProcessPair(store.Options);
        var (admin, gateway) = (pair.StartAdmin(), pair.StartGateway());

        foreach (var process in new[] { pair.Ops, pair.Desk })
        {
            await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(process)).Text.Contains("9999"));
            var (status, text) = await ProcessPair.ReadyzAsync(process);
            Assert.Equal(503, status);
            Assert.Contains("a newer release migrated it", text, StringComparison.Ordinal);
        }
        await CheckUndecidedAsync(pair);
        (await AccountsAsync(pair)).Refused(503, "STORE_UNAVAILABLE");
        Assert.All(new[] { admin, gateway }, p => Assert.Contains("9999", p.Output, StringComparison.Ordinal));

        await store.Database.WriteAsync(s => s.ExecuteAsync("delete from schema_migrations where version = '9999'"));
        await pair.ReadyAsync();
        var (_, _, key) = await pair.MakeKeyAsync();
        await Eventually.TrueAsync(async () => await pair.CallAsync(key) == "200");
    }

    [Fact]
    public async Task DatabaseWithoutASchema_IsNotServedFrom_UntilItIsMigrated()
    {
        await using var store = await TestStore.PostgresAsync(migrated: false);
        await using var pair = new ProcessPair(store.Options);
        pair.StartAdmin();
        pair.StartGateway();
        foreach (var process in new[] { pair.Ops, pair.Desk })
        {
            await Eventually.TrueAsync(async () =>
                (await ProcessPair.ReadyzAsync(process)).Text.Contains("admin-api migrate")
            );
            Assert.Equal(503, (await ProcessPair.ReadyzAsync(process)).Status);
        }
        await CheckUndecidedAsync(pair);

        await using var migrate = RunningProcess.Start(
            "admin-api",
            new() { ["Store:Provider"] = "postgres", ["Store:ConnectionString"] = store.Options.ConnectionString },
            "migrate"
        );
        Assert.Equal(0, await migrate.ExitAsync(TimeSpan.FromSeconds(30)));
        await pair.ReadyAsync();
        var (_, _, key) = await pair.MakeKeyAsync();
        await Eventually.TrueAsync(async () => await pair.CallAsync(key) == "200");
    }

    // What needs no store is decided as ever; a key that could be one is neither refused nor let through.
    private static async Task CheckUndecidedAsync(ProcessPair pair)
    {
        Assert.Equal("200", await pair.CallAsync(null, "/public/x"));
        Assert.Equal("404 NO_ROUTE", await pair.CallAsync(null, "/nowhere"));
        Assert.Equal("401 UNAUTHORIZED", await pair.CallAsync(null));
        Assert.Equal("401 INVALID_API_KEY", await pair.CallAsync("sk_test_nonsense"));
        Assert.Equal("503 VERIFICATION_UNAVAILABLE", await pair.CallAsync(WellFormed));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/read/x");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + WellFormed);
        using var response = await pair.Edge.SendAsync(request);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Empty(response.Headers.WwwAuthenticate);
    }

    private static Task<ApiAnswer> AccountsAsync(ProcessPair pair) =>
        pair.Desk.CallAsync(HttpMethod.Get, "/v1/accounts", null, TestAdmin.OperatorToken);
}
