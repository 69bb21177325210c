using Gateway.Keys;
using Npgsql;

namespace Gateway.Load;

/// <summary>A store and the keys in it.</summary>
internal sealed record ScaleStore(StoreOptions Store, SeededKeys Keys);

/// <summary>Two stores of a database that differ in the number of their keys.</summary>
internal sealed record ScaleStores(string Provider, ScaleStore Small, ScaleStore Large)
{
    /// <summary>Both.</summary>
    public ScaleStore[] Both => [Small, Large];
}

/// <summary>What a scale run is given and what it shares: stores, an upstream, routes, and the programs to measure.</summary>
internal sealed class ScaleStand : IAsyncDisposable
{
    /// <summary>Bearer token of the admin API's operator here.</summary>
    public const string OperatorToken = "operator-token-of-the-load";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-load-").FullName;
    private readonly List<string> _databases = [];
    private readonly StandOptions _options;

    private ScaleStand(StandOptions options, Backend backend) => (_options, Upstream) = (options, backend);

    /// <summary>What every route forwards to.</summary>
    public Backend Upstream { get; }

    /// <summary>Opens it.</summary>
    public static async Task<ScaleStand> OpenAsync(StandOptions options)
    {
        var stand = new ScaleStand(options, await Backend.StartAsync());
        await stand.Upstream.WriteRoutesAsync(stand.RoutesFile(1));
        return stand;
    }

    /// <summary>A folder that goes with it.</summary>
    public string Folder => _folder;

    /// <summary>A routes file with so many routes; write it before it is used.</summary>
    public string RoutesFile(int routes) => Path.Combine(_folder, $"routes-{routes}.json");

    /// <summary>Fills a store of its own.</summary>
    public async Task<ScaleStore> SeedAsync(string provider, long count)
    {
        var keys = new SeededKeys(count, seed: 1, TimeProvider.System);
        var store = new StoreOptions { Provider = provider, ConnectionString = await NewStoreAsync(provider, count) };
        await Seeder.FillAsync(store, keys);
        return new ScaleStore(store, keys);
    }

    /// <summary>Starts a gateway.</summary>
    /// <param name="store">On this store.</param>
    /// <param name="routes">With the routes file of so many routes.</param>
    /// <param name="settings">Further settings.</param>
    public ServerProcess StartGateway(
        ScaleStore store,
        int routes = 1,
        params (string Name, string Value)[] settings
    ) => StartGateway(store, _options.Gateway, routes, settings);

    /// <summary>Starts a gateway where it is to be found.</summary>
    public ServerProcess StartGateway(
        ScaleStore store,
        Uri url,
        Uri ops,
        params (string Name, string Value)[] settings
    ) =>
        ServerProcess.Start(
            _options.Gateway,
            store.Store,
            _folder,
            url,
            ops,
            [("Gateway:RoutesFile", RoutesFile(1)), ("Logging:LogLevel:Default", "Warning"), .. settings]
        );

    /// <summary>Starts a gateway of another build.</summary>
    public ServerProcess StartGateway(
        ScaleStore store,
        string executable,
        int routes = 1,
        params (string Name, string Value)[] settings
    ) =>
        ServerProcess.Start(
            executable,
            store.Store,
            _folder,
            [("Gateway:RoutesFile", RoutesFile(routes)), ("Logging:LogLevel:Default", "Warning"), .. settings]
        );

    /// <summary>Starts a gateway and waits until it serves.</summary>
    public async Task<ServerProcess> ServeAsync(
        ScaleStore store,
        int routes = 1,
        params (string Name, string Value)[] settings
    )
    {
        var gateway = StartGateway(store, routes, settings);
        await gateway.AnswersAsync(new Uri(gateway.Url, Target(0)), store.Keys.Secret(store.Keys.Usable().First()));
        return gateway;
    }

    /// <summary>Starts an admin API and waits until it is ready.</summary>
    public async Task<ServerProcess> StartAdminAsync(ScaleStore store, params (string Name, string Value)[] settings)
    {
        var admin = ServerProcess.Start(
            _options.Admin,
            store.Store,
            _folder,
            [("Admin:OperatorToken", OperatorToken), ("Logging:LogLevel:Default", "Warning"), .. settings]
        );
        await admin.AnswersAsync(new Uri(admin.Url, "/readyz"), key: null);
        return admin;
    }

    /// <summary>The path of a request to a route.</summary>
    public static string Target(int route) => $"/v1/r{route}/x";

    /// <summary>Requests with keys of these numbers.</summary>
    public static List<byte[]> Requests(SeededKeys keys, IEnumerable<long> numbers, int route = 0) =>
        [.. numbers.Select(n => Traffic.Get(Target(route), keys.Secret(n)))];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Upstream.DisposeAsync();
        foreach (var name in _databases)
            await AskPostgresAsync($"drop database {name} with (force)");
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> NewStoreAsync(string provider, long count)
    {
        var name = $"scale_{Environment.ProcessId}_{count}";
        if (provider == "sqlite")
            return $"Data Source={Path.Combine(_folder, name)}.db";
        await AskPostgresAsync($"create database {name}");
        _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(_options.Postgres) { Database = name }.ConnectionString;
    }

    private async Task AskPostgresAsync(string sql)
    {
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(_options.Postgres);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
