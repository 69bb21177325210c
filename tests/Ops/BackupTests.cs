using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Gateway.Tests;

/// <summary>The commands of <c>ops/upgrade.md</c>, as they stand there, under a gateway that goes on serving.</summary>
[Collection(PostgresRolesTests.Collection)]
public sealed partial class BackupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RestoredBackup_IsWhatGatewaysJudgeBy_WithoutARestart(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        var (revoked, revokedSecret) = await store.IssueKeyAsync();
        await using var pair = new ProcessPair(store.Options);
        pair.StartGateway();
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Status == 200);
        var environment = Environment(provider, store);
        await RunAsync(provider + " backup", environment);
        await store.ChangeKeyAsync(revoked, k => k with { RevokedAt = k.CreatedAt }, Keys.ChangeKinds.KeyRevoked);
        var (_, lateSecret) = await store.IssueKeyAsync();
        Assert.Equal("401 REVOKED_API_KEY", await pair.CallAsync(revokedSecret));
        Assert.Equal("200", await pair.CallAsync(lateSecret));

        await RunAsync(provider + " restore", environment);
        try
        {
            // What it held is dropped as soon as it has seen that this is another history.
            await Eventually.TrueAsync(async () => await pair.CallAsync(lateSecret) == "401 INVALID_API_KEY");
            Assert.Equal("200", await pair.CallAsync(revokedSecret));
            var metrics = new PrometheusScrape((await ProcessPair.GetAsync(pair.Ops, "/metrics")).Text);
            Assert.InRange(metrics["gateway_incarnations_total"], 2, 100);

            // Changes in the restored database reach it.
            store.Database.Refresh();
            var (_, newSecret) = await store.IssueKeyAsync();
            Assert.Equal("200", await pair.CallAsync(newSecret));
        }
        finally
        {
            if (provider == "postgres")
                await PostgresServer.ExecuteAsync($"drop database {environment["DATABASE"]}_before with (force)");
        }
    }

    private Dictionary<string, string?> Environment(string provider, TestStore store)
    {
        var values = new Dictionary<string, string?> { ["BACKUP"] = Path.Combine(_folder, "backup") };
        if (provider == "sqlite")
        {
            values["DATABASE"] = new SqliteConnectionStringBuilder(store.Options.ConnectionString).DataSource;
            values["ASIDE"] = Directory.CreateDirectory(Path.Combine(_folder, "aside")).FullName;
            return values;
        }
        var to = new NpgsqlConnectionStringBuilder(store.Options.ConnectionString);
        (values["DATABASE"], values["PGHOST"], values["PGPORT"]) = (to.Database, to.Host, $"{to.Port}");
        (values["PGUSER"], values["PGPASSWORD"]) = (to.Username, to.Password);
        return values;
    }

    private static async Task RunAsync(string name, Dictionary<string, string?> environment)
    {
        var block = Assert.Single(
            Tested().Matches(SourceTree.Read("ops/upgrade.md")),
            m => m.Groups["name"].Value == name
        );
        var script = $"set -euo pipefail; cd '{Repository.Root}'\n{block.Groups["commands"].Value}";
        await using var bash = RunningProcess.Run("bash", ["-c", script], environment);
        Assert.True(await bash.ExitAsync(TimeSpan.FromMinutes(1)) == 0, $"{name}: {bash.Output}");
    }

    [GeneratedRegex("<!-- tested: (?<name>[a-z ]+) -->\n```sh\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Tested();
}
