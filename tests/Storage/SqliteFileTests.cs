using System.Data.Common;
using Dapper;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What SQLite promises only when each connection is told so.</summary>
public sealed class SqliteFileTests
{
    [Fact]
    public async Task EveryConnection_IsDurable_Waits_AndChecksForeignKeys()
    {
        await using var store = await TestStore.SqliteAsync();
        for (var round = 0; round < 2; round++) // the second time they come from the pool
        {
            var open = new List<DbConnection>();
            for (var i = 0; i < 3; i++)
                open.Add(await store.Database.Source.OpenConnectionAsync());
            foreach (var connection in open)
            {
                Assert.Equal(2, await connection.ExecuteScalarAsync<long>("pragma synchronous")); // FULL
                Assert.Equal("wal", await connection.ExecuteScalarAsync<string>("pragma journal_mode"));
                Assert.Equal(5_000, await connection.ExecuteScalarAsync<long>("pragma busy_timeout"));
                Assert.Equal(1, await connection.ExecuteScalarAsync<long>("pragma foreign_keys"));
                await connection.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task TwoProcessesThatWriteAtOnce_WaitForEachOther()
    {
        await using var store = await TestStore.SqliteAsync();
        var account = await store.AddAccountAsync();
        await using var other = store.OpenAgain();

        await Racing.RunAsync(
            8,
            async i =>
            {
                for (var round = 0; round < 20; round++)
                    await (i % 2 == 0 ? store.Database : other).WriteAsync(async s =>
                    {
                        await s.GetAccountAsync(account.Id, forUpdate: true);
                        await s.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
                    });
                return true;
            }
        );

        Assert.Equal(160, await store.Database.ReadAsync(s => s.GetHeadAsync()));
    }

    [Fact]
    public async Task Reader_IsNotHeldUp_ByAWriter()
    {
        await using var store = await TestStore.SqliteAsync();
        var account = await store.AddAccountAsync();

        await store.Database.WriteAsync(async s =>
        {
            await s.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
            Assert.Equal(0, await store.Database.ReadAsync(r => r.GetHeadAsync()));
        });

        Assert.Equal(1, await store.Database.ReadAsync(s => s.GetHeadAsync()));
    }

    [Fact]
    public async Task FolderOfTheFile_IsMade()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        var options = new StoreOptions { ConnectionString = $"Data Source={folder}/a/b/gateway.db" };
        await using (var database = Database.Create(options))
            await Migrator.MigrateAsync(database);

        Assert.True(File.Exists($"{folder}/a/b/gateway.db"));
        Directory.Delete(folder, recursive: true);
    }
}
