using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A gateway starts whatever its store is like, says what is the matter, answers 503 and never 401 meanwhile,
/// and needs no restart once it is mended.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private readonly RecordingUpstream _upstream = new();
    private readonly string _secret = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task PostgresThatIsDown_IsWaitedFor()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        relay.Cut();
        await using var gateway = await StartAsync(options);

        await IsNotReadyAsync(gateway, "The store cannot be reached");
        relay.Restore();
        await RecoversAsync(gateway, store);
    }

    [Fact]
    public async Task SqliteFileThatCannotBeOpened_IsWaitedFor_AndThenMigrated()
    {
        await using var store = await TestStore.SqliteAsync(migrated: false);
        var file = new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(store.Options.ConnectionString).DataSource;
        // A folder that cannot be made, since there is a file of its name.
        var folder = Path.Combine(Path.GetDirectoryName(file)!, "data");
        await File.WriteAllTextAsync(folder, "");
        var options = new StoreOptions { Provider = "sqlite", ConnectionString = $"Data Source={folder}/gateway.db" };
        await using var gateway = await StartAsync(options);

        await IsNotReadyAsync(gateway, "unable to open database file");
        File.Delete(folder);
        await Eventually.TrueAsync(async () => (await gateway.OpsAsync("/readyz")).Status == HttpStatusCode.OK);
        Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_API_KEY"), await gateway.TryAsync("/v1/read/x", _secret));
    }

    [Fact]
    public async Task PostgresWithoutASchema_IsLeftToTheAdminApi()
    {
        await using var store = await TestStore.PostgresAsync(migrated: false);
        await using var gateway = await StartAsync(store.Options);

        await IsNotReadyAsync(gateway, "The database has no schema yet: run 'admin-api migrate'.");
        await Migrator.MigrateAsync(store.Database);
        await RecoversAsync(gateway, store);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task SchemaThatIsNewerThanTheProgram_IsNotTouched(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await store.Database.WriteAsync(s => s.ExecuteAsync("insert into schema_migrations (version) values ('9999')"));
        await using var gateway = await StartAsync(store.Options);

        await IsNotReadyAsync(gateway, "The database has schema version 9999, which this program does not know");
        // Said once, not every second.
        await Task.Delay(2_500, TestContext.Current.CancellationToken);
        Assert.Single(gateway.Log.Lines, l => l.Contains("schema version 9999", StringComparison.Ordinal));
        await store.Database.WriteAsync(s => s.ExecuteAsync("delete from schema_migrations where version = '9999'"));
        await RecoversAsync(gateway, store);
    }

    [Fact]
    public async Task PostgresThatRefuses_IsSaidInItsOwnWords_WithoutThePassword()
    {
        await using var store = await TestStore.PostgresAsync();
        var options = new StoreOptions
        {
            Provider = "postgres",
            ConnectionString = new Npgsql.NpgsqlConnectionStringBuilder(store.Options.ConnectionString)
            {
                Username = "nobody_of_this_name",
                Password = "hunter-2-hunter",
            }.ConnectionString,
        };
        await using var gateway = await StartAsync(options);

        await IsNotReadyAsync(gateway, "nobody_of_this_name");
        Assert.DoesNotContain("hunter-2-hunter", gateway.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter-2-hunter", (await gateway.OpsAsync("/readyz")).Text, StringComparison.Ordinal);
    }

    private Task<TestGateway> StartAsync(StoreOptions options) =>
        TestGateway.StartAsync(options, TestRoutes.For(_upstream), ready: false);

    private async Task IsNotReadyAsync(TestGateway gateway, string reason)
    {
        Assert.Equal(HttpStatusCode.OK, (await gateway.OpsAsync("/healthz")).Status);
        await Eventually.TrueAsync(async () =>
            (await gateway.OpsAsync("/readyz")).Text.Contains(reason, StringComparison.Ordinal)
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.OpsAsync("/readyz")).Status);
        using var response = await gateway.GetAsync("/v1/read/x", _secret);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("VERIFICATION_UNAVAILABLE", await ProblemCode.OfAsync(response));
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/public/x")).Status);
    }

    private static async Task RecoversAsync(TestGateway gateway, TestStore store)
    {
        var (_, secret) = await store.IssueKeyAsync();
        await Eventually.TrueAsync(async () => (await gateway.OpsAsync("/readyz")).Status == HttpStatusCode.OK);
        Assert.Equal((HttpStatusCode.OK, ""), await gateway.TryAsync("/v1/read/x", secret));
        Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
    }
}
