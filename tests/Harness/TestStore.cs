using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A store of a test's own: a real SQLite file or a real Postgres database, gone with the test.</summary>
public sealed class TestStore : IAsyncDisposable
{
    // Copying a migrated database is quicker than migrating one for every test.
    private static readonly Lazy<Task<string>> Template = new(CreateTemplateAsync);

    private readonly Func<Task> _remove;

    private TestStore(StoreOptions options, Func<Task> remove)
    {
        (Options, _remove) = (options, remove);
        Database = Database.Create(options);
    }

    /// <summary>Settings by which another process finds the same store.</summary>
    public StoreOptions Options { get; }

    /// <summary>The store.</summary>
    public Database Database { get; }

    /// <summary>A store on SQLite.</summary>
    /// <param name="migrated">False leaves it without a schema.</param>
    public static async Task<TestStore> SqliteAsync(bool migrated = true)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        var options = new StoreOptions { Provider = "sqlite", ConnectionString = $"Data Source={folder}/gateway.db" };
        var store = new TestStore(
            options,
            () =>
            {
                Directory.Delete(folder, recursive: true);
                return Task.CompletedTask;
            }
        );
        if (migrated)
            await Migrator.MigrateAsync(store.Database);
        return store;
    }

    /// <summary>A store on Postgres.</summary>
    /// <param name="migrated">False leaves it without a schema.</param>
    public static async Task<TestStore> PostgresAsync(bool migrated = true)
    {
        var name = PostgresServer.NewName();
        var template = migrated ? await Template.Value : "template1";
        await PostgresServer.ExecuteAsync($"create database {name} template {template}");
        var options = await OptionsAsync(name);
        return new TestStore(options, () => PostgresServer.ExecuteAsync($"drop database {name} with (force)"));
    }

    /// <summary>A store on a server of the test's own, which ends with that.</summary>
    public static async Task<TestStore> OnAsync(StoreOptions options)
    {
        var store = new TestStore(options, () => Task.CompletedTask);
        await Migrator.MigrateAsync(store.Database);
        return store;
    }

    /// <summary>A store on the provider of this name, as in <c>Store:Provider</c>.</summary>
    public static Task<TestStore> CreateAsync(string provider, bool migrated = true) =>
        provider == "sqlite" ? SqliteAsync(migrated) : PostgresAsync(migrated);

    /// <summary>Opens the store once more, with connections and a write queue of its own, as another process would.</summary>
    public Database OpenAgain() => Database.Create(Options);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _remove();
    }

    internal static async Task DropTemplateAsync()
    {
        if (Template.IsValueCreated)
            await PostgresServer.ExecuteAsync($"drop database {await Template.Value} with (force)");
    }

    private static async Task<string> CreateTemplateAsync()
    {
        var name = PostgresServer.NewName();
        await PostgresServer.ExecuteAsync($"create database {name}");
        await using var database = Database.Create(await OptionsAsync(name));
        await Migrator.MigrateAsync(database);
        return name;
    }

    private static async Task<StoreOptions> OptionsAsync(string database) =>
        new() { Provider = "postgres", ConnectionString = await PostgresServer.ConnectionStringAsync(database) };
}
