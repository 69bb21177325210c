using System.Data.Common;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    private const string Second =
        "-- migrate:up\ncreate table extra (id text primary key);\n\n-- migrate:down\ndrop table extra;\n";

    private IReadOnlyList<Migration> Known => Migration.Embedded(Database.Dialect);

    [Fact]
    public async Task Schema_GoesUp_Down_AndUpAgain()
    {
        await using var empty = await TestStore.CreateAsync(provider, migrated: false);
        Assert.Equal(SchemaState.Missing, (await Migrator.CheckAsync(empty.Database)).State);

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(Known.Select(m => m.Name), await Migrator.MigrateAsync(empty.Database));
            Assert.Equal(SchemaState.Current, (await Migrator.CheckAsync(empty.Database)).State);
            Assert.Empty(await Migrator.MigrateAsync(empty.Database));
            await empty.AddKeyAsync(Sample.Key(await empty.AddAccountAsync()));

            Assert.Equal(Known.Select(m => m.Name).Reverse(), await Migrator.MigrateDownAsync(empty.Database, 0));
            Assert.Equal(SchemaState.Missing, (await Migrator.CheckAsync(empty.Database)).State);
        }
    }

    [Fact]
    public async Task Down_StopsAtTheVersionAskedFor()
    {
        Migration[] longer = [.. Known, Migration.Parse("0099_extra.sql", Second)];
        Assert.Equal(["0099_extra.sql"], await Migrator.MigrateAsync(Database, longer));

        Assert.Equal(["0099_extra.sql"], await Migrator.MigrateDownAsync(Database, longer, 98));

        var status = await Migrator.CheckAsync(Database, longer);
        Assert.Equal(SchemaState.Older, status.State);
        Assert.Contains("0099", status.Message, StringComparison.Ordinal);
        Assert.Contains("admin-api migrate", status.Message, StringComparison.Ordinal);
        Assert.True((await Migrator.CheckAsync(Database)).IsCurrent);
    }

    [Fact]
    public async Task FailingMigration_LeavesNothingBehind()
    {
        Migration[] longer =
        [
            .. Known,
            Migration.Parse("0099_bad.sql", Second.Replace("key);", "key);\nnonsense;", StringComparison.Ordinal)),
        ];

        await Assert.ThrowsAnyAsync<DbException>(() => Migrator.MigrateAsync(Database, longer));

        Assert.Equal(SchemaState.Older, (await Migrator.CheckAsync(Database, longer)).State);
        Migration[] mended = [.. Known, Migration.Parse("0099_good.sql", Second)];
        Assert.Equal(["0099_good.sql"], await Migrator.MigrateAsync(Database, mended));
    }

    [Fact]
    public async Task NewerSchema_IsRefused_WithWhatToDo()
    {
        await WriteAsync(s => s.ExecuteAsync("insert into schema_migrations (version) values ('9999')"));

        Assert.Equal(SchemaState.Newer, (await Migrator.CheckAsync(Database)).State);
        var up = await Assert.ThrowsAsync<SchemaException>(() => Migrator.MigrateAsync(Database));
        var down = await Assert.ThrowsAsync<SchemaException>(() => Migrator.MigrateDownAsync(Database, 0));

        Assert.Contains("9999", up.Message, StringComparison.Ordinal);
        Assert.Contains($"admin-api migrate --down {Known[^1].Version}", up.Message, StringComparison.Ordinal);
        Assert.Equal(up.Message, down.Message);
        Assert.Equal(SchemaState.Newer, up.Status.State);
    }

    [Fact]
    public async Task MigrationChangedAfterItWasApplied_IsRefused()
    {
        Migration[] tampered = [.. Known.Select(m => m with { Checksum = new string('0', 64) })];

        Assert.Equal(SchemaState.Changed, (await Migrator.CheckAsync(Database, tampered)).State);
        var error = await Assert.ThrowsAsync<SchemaException>(() => Migrator.MigrateAsync(Database, tampered));
        Assert.Contains(Known[0].Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralMigratorsAtOnce_ApplyEachMigrationOnce()
    {
        await using var empty = await TestStore.CreateAsync(provider, migrated: false);

        var applied = await Racing.RunAsync(
            4,
            async _ =>
            {
                await using var process = empty.OpenAgain();
                return await Migrator.MigrateAsync(process);
            }
        );

        // One may apply the first and another the second.
        Assert.Equal(Known.Select(m => m.Name), applied.SelectMany(names => names).Order(StringComparer.Ordinal));
        Assert.True((await Migrator.CheckAsync(empty.Database)).IsCurrent);
    }
}
