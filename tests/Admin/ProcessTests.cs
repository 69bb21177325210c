using System.Text;
using Gateway.Admin;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests;

/// <summary>The admin process: its settings, its commands, and a store that is not there or not ready.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void EveryProblemOfTheSettings_IsInOneMessage()
    {
        var e = Assert.Throws<SettingsException>(() =>
            AdminApp.Build([
                "--Admin:OperatorTokn=x",
                "--Admin:TrustedProxies:0=10.0.0.1/8",
                "--Keys:MaxActivePerAccount=0",
                "--Keys:Environments:a:Prefix=NO",
                "--Keys:Peppers:0:Id=a",
                "--Roles:boss:0=!!",
                "--Changes:LeaseSeconds=0",
                "--Audit:KeepDays=0",
                "--Usage:KeepDays=2147483647",
                "--Changes:KeepDays=2147483647",
                "--Eligibility:Rules:0=Rich",
                "--Store:Provider=oracle",
                "--Redis:Config=x",
            ])
        );
        string[] parts =
        [
            "OperatorTokn",
            "10.0.0.1/8",
            "MaxActive",
            "Prefix",
            "Peppers",
            "boss",
            "Lease",
            "Audit",
            "Usage:KeepDays",
            "Changes:KeepDays",
            "Rich",
            "oracle",
        ];
        Assert.All(parts, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
        Assert.Contains("Redis: there is no setting 'Config'.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownSetting_StopsTheProcess_WithoutAStackTrace() =>
        Assert.Equal(1, await AdminCommands.RunAsync(["--Store:Provder=sqlite"]));

    [Theory]
    [InlineData("migrat")]
    [InlineData("serve", "--Store:Provider=sqlite")]
    public async Task MistypedCommand_IsAnError(params string[] args) =>
        Assert.Equal(1, await AdminCommands.RunAsync(args));

    [Fact]
    public async Task Migrate_OfAStoreThatIsDown_FailsInWords()
    {
        var store = $"Host=127.0.0.1;Port={RunningProcess.FreePort()};Database=x;Username=x;Password=hush";
        string[] settings = ["--Store:Provider=postgres", $"--Store:ConnectionString={store}"];
        Assert.Equal(1, await AdminCommands.RunAsync(["migrate", .. settings]));
        Assert.Equal(1, await AdminCommands.RunAsync(["migrate", "--status", .. settings]));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("yes")]
    public void ForwardedHeadersOfTheFramework_AreRefused(string value)
    {
        var e = Assert.Throws<SettingsException>(() => AdminApp.Build([$"--FORWARDEDHEADERS_ENABLED={value}"]));
        Assert.Contains("Admin:TrustedProxies", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAnEndpoint_ItListensOnLoopbackAlone()
    {
        await using var store = await TestStore.SqliteAsync();
        var settings = new Dictionary<string, string?> { ["Store:ConnectionString"] = store.Options.ConnectionString };
        await using var app = AdminApp.Build(
            [],
            builder =>
            {
                ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
                builder.Configuration.AddInMemoryCollection(settings);
            }
        );
        Assert.Equal("http://127.0.0.1:8081", app.Configuration["urls"]);
        Assert.Equal("http://127.0.0.1:8081", AdminApp.ListenUrl(app.Configuration));
    }

    [Fact]
    public async Task EmbeddedDatabase_MigratesItself()
    {
        await using var store = await TestStore.SqliteAsync(migrated: false);
        await using var admin = await TestAdmin.StartAsync(store: store);
        (await admin.GetAsync("/readyz", null)).Succeeded();
        (await admin.GetAsync("/healthz", null)).Succeeded();
        var account = await admin.AddAccountAsync();
        await admin.IssueKeyAsync(account.Id);
    }

    [Fact]
    public async Task Postgres_IsMigratedByCommand_UntilThenTheProcessSaysSo()
    {
        await using var store = await TestStore.PostgresAsync(migrated: false);
        await using var admin = await TestAdmin.StartAsync(store: store);
        var answer = await admin.GetAsync("/readyz", null);
        Assert.Equal(503, answer.Status);
        Assert.Contains("admin-api migrate", (string)answer.Body["reason"]!, StringComparison.Ordinal);
        (await admin.GetAsync("/healthz", null)).Succeeded();
        (await admin.GetAsync("/v1/accounts/acc_1/api-keys")).Refused(503, "STORE_UNAVAILABLE");

        string[] settings = ["--Store:Provider=postgres", $"--Store:ConnectionString={store.Options.ConnectionString}"];
        Assert.Equal(0, await AdminCommands.RunAsync(["migrate", .. settings]));
        (await admin.GetAsync("/readyz", null)).Succeeded();
        var account = await admin.AddAccountAsync();
        await admin.IssueKeyAsync(account.Id);

        Assert.Equal(0, await AdminCommands.RunAsync(["migrate", "--status", .. settings]));
        Assert.True((await Migrator.CheckAsync(store.Database)).IsCurrent);
        Assert.Equal(0, await AdminCommands.RunAsync(["migrate", "--down", "0", .. settings]));
        Assert.Equal(SchemaState.Missing, (await Migrator.CheckAsync(store.Database)).State);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task NewerDatabase_IsRefused_InWords(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await store.Database.WriteAsync(s => s.ExecuteAsync("insert into schema_migrations (version) values ('9999')"));
        await using var admin = await TestAdmin.StartAsync(store: store);
        var answer = await admin.GetAsync("/readyz", null);
        Assert.Equal(503, answer.Status);
        Assert.Contains("newer release", (string)answer.Body["reason"]!, StringComparison.Ordinal);
        string[] settings =
        [
            $"--Store:Provider={provider}",
            $"--Store:ConnectionString={store.Options.ConnectionString}",
        ];
        Assert.Equal(1, await AdminCommands.RunAsync(["migrate", .. settings]));
    }

    [Fact]
    public async Task StoreThatIsDown_IsNotAVerdict()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Store:Provider"] = "postgres",
            ["Store:ConnectionString"] =
                $"Host=127.0.0.1;Port={RunningProcess.FreePort()};Database=x;Username=x;Password=hush",
        };
        await using var admin = await TestAdmin.StartAsync(settings);
        Assert.Equal(503, (await admin.GetAsync("/readyz", null)).Status);
        (await admin.GetAsync("/healthz", null)).Succeeded();
        Assert.True(TestKeys.Format.TryGetEnvironment("sandbox", out var environment));
        var secret = TestKeys.Format.Generate(environment!);
        var answer = (await admin.GetAsync("/v1/api-keys", secret)).Refused(503, "VERIFICATION_UNAVAILABLE");
        Assert.NotNull(answer.Headers.RetryAfter);
        (await admin.GetAsync("/v1/api-keys", OperatorTokens.Generate())).Refused(503, "VERIFICATION_UNAVAILABLE");
        (await admin.GetAsync("/v1/accounts/acc_1/api-keys")).Refused(503, "STORE_UNAVAILABLE");
        Assert.DoesNotContain("hush", admin.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedisThatIsDown_HoldsNothingUp()
    {
        await using var admin = await TestAdmin.StartAsync(
            new() { ["Redis:Configuration"] = $"127.0.0.1:{RunningProcess.FreePort()},password=hush" }
        );
        var account = await admin.AddAccountAsync();
        await admin.IssueKeyAsync(account.Id);
        Assert.DoesNotContain("hush", admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_IsInOneAnswer_AndNowhereElse()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = await admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (id, secret) = await admin.IssueAdminKeyAsync(account.Id);
        (await admin.GetAsync("/v1/api-keys", secret)).Succeeded();
        var rotated = await admin.PostAsync($"{keys}/{id}/rotate", new { gracePeriodHours = 0 });
        var successor = (string)rotated.Succeeded(201).Key["key"]!;
        string[] secrets = [secret, successor];

        string[] answers =
        [
            (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY").Text,
            (await admin.GetAsync(keys)).Text,
            (await admin.GetAsync("/v1/audit?limit=100")).Text,
            await admin.Client.GetStringAsync("/metrics"),
            admin.Log.Text,
        ];
        var file = new SqliteConnectionStringBuilder(admin.Store.Options.ConnectionString).DataSource;
        var files = Directory.GetFiles(Path.GetDirectoryName(file)!).Select(ReadShared).ToList();
        Assert.NotEmpty(files);
        foreach (var hidden in secrets.Select(s => s[12..]))
        {
            Assert.All(answers, text => Assert.DoesNotContain(hidden, text, StringComparison.Ordinal));
            Assert.All(files, text => Assert.DoesNotContain(hidden, text, StringComparison.Ordinal));
        }
        Assert.Contains(files, text => text.Contains(id, StringComparison.Ordinal));
    }

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Encoding.Latin1.GetString(copy.ToArray());
    }
}
