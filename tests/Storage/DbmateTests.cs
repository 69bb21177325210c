using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Gateway.Tests;

/// <summary>The real dbmate and our runner work on the same databases, with the same files.</summary>
public sealed class DbmateTests
{
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task DatabaseThatDbmateMigrated_IsCurrent_AndTheStoresWork(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider, migrated: false);
        await DbmateAsync(store, "up");

        Assert.Equal(SchemaState.Current, (await Migrator.CheckAsync(store.Database)).State);
        var key = await store.AddKeyAsync(Sample.Key(await store.AddAccountAsync()));
        Assert.NotNull(await store.Database.ReadAsync(s => s.FindKeyByHashAsync([key.Hash])));

        Assert.Empty(await Migrator.MigrateAsync(store.Database));
        Assert.Equal(SchemaState.Changed, (await CheckTamperedAsync(store.Database)).State);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task DatabaseThatWeMigrated_HasNothingPending_ForDbmate_WhichCanGoBack(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await DbmateAsync(store, "status", "--exit-code");
        var migrations = Migration.Embedded(store.Database.Dialect).Count;

        for (var i = 0; i < migrations; i++)
            await DbmateAsync(store, "rollback");
        Assert.Equal(SchemaState.Missing, (await Migrator.CheckAsync(store.Database)).State);

        await DbmateAsync(store, "up");
        Assert.Equal(migrations, (await Migrator.MigrateDownAsync(store.Database, 0)).Count);
        var pending = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            DbmateAsync(store, "status", "--exit-code")
        );
        Assert.Contains($"Pending: {migrations}", pending.Message, StringComparison.Ordinal);
    }

    private static Task<string> DbmateAsync(TestStore store, params string[] command) =>
        Repository.RunAsync(
            Path.Combine("ops", "dbmate.sh"),
            [
                "--url",
                Url(store.Options.Provider, store.Options.ConnectionString),
                "--migrations-dir",
                $"migrations/{store.Options.Provider}",
                .. command,
            ]
        );

    private static string Url(string provider, string connectionString)
    {
        if (provider == "sqlite")
            return "sqlite:" + new SqliteConnectionStringBuilder(connectionString).DataSource;
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        var password = string.IsNullOrEmpty(to.Password) ? "" : ":" + Uri.EscapeDataString(to.Password);
        return $"postgres://{to.Username}{password}@{to.Host}:{to.Port}/{to.Database}?sslmode=disable";
    }

    private static Task<SchemaStatus> CheckTamperedAsync(Database database) =>
        Migrator.CheckAsync(
            database,
            [.. Migration.Embedded(database.Dialect).Select(m => m with { Checksum = new string('0', 64) })]
        );
}
