using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Gateway.Tests;

/// <summary>What a <see cref="Fleet"/> is made of.</summary>
public sealed record FleetPlan
{
    /// <summary>How many gateways: <c>edge-1</c>, <c>edge-2</c> and so on.</summary>
    public int Gateways { get; init; } = 3;

    /// <summary>How many admin APIs: <c>desk-1</c> and so on.</summary>
    public int Admins { get; init; } = 1;

    /// <summary>Of the store: <c>postgres</c> or <c>sqlite</c>.</summary>
    public string Provider { get; init; } = "postgres";

    /// <summary>Whether there is a Redis to hint.</summary>
    public bool Redis { get; init; } = true;

    /// <summary>Whether there are relays. Without them nothing of this process is on the way to the store.</summary>
    public bool Relays { get; init; } = true;

    /// <summary>The routes file, given the upstream's address.</summary>
    public Func<string, string> Routes { get; init; } = upstream => TestRoutes.For(upstream);

    /// <summary>Settings both kinds of process must agree on, <c>Section:Name</c>.</summary>
    public Dictionary<string, string?> Shared { get; init; } = [];

    /// <summary>Settings of the admin APIs alone.</summary>
    public Dictionary<string, string?> Admin { get; init; } = [];

    /// <summary>Settings of the gateways alone.</summary>
    public Dictionary<string, string?> Gateway { get; init; } = [];
}

/// <summary>
/// A fleet of real processes, each of which a test can pause, kill, stop, start and cut off, with servers and an upstream
/// of its own:
/// <code>
///   gateways ─┬─ relay of each ── Postgres, with a login of each (or one SQLite file)
///   admins ───┴─ relay of each ── Redis
///   gateways ── upstream, in this process
/// </code>
/// </summary>
public sealed class Fleet : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-fleet-").FullName;
    private readonly List<FleetProcess> _gateways = [];
    private readonly List<FleetProcess> _admins = [];

    private Fleet() { }

    /// <summary>Its gateways.</summary>
    public IReadOnlyList<FleetProcess> Gateways => _gateways;

    /// <summary>Its admin APIs. Their operator's token is <see cref="TestAdmin.OperatorToken"/>.</summary>
    public IReadOnlyList<FleetProcess> Admins => _admins;

    /// <summary>All of its processes.</summary>
    public IEnumerable<FleetProcess> Processes => _admins.Concat(_gateways);

    /// <summary>Its Postgres; null on SQLite.</summary>
    public ThrowAwayServer? Postgres { get; private set; }

    /// <summary>Its Redis; null without.</summary>
    public ThrowAwayServer? Redis { get; private set; }

    /// <summary>The product.</summary>
    public FleetUpstream Upstream { get; private set; } = null!;

    /// <summary>The store, not through a relay.</summary>
    public StoreOptions Store { get; private set; } = null!;

    /// <summary>Starts one and waits until all of it is ready.</summary>
    public static async Task<Fleet> StartAsync(FleetPlan plan)
    {
        var fleet = new Fleet();
        try
        {
            await fleet.StartServersAsync(plan);
            await File.WriteAllTextAsync(fleet.RoutesFile, plan.Routes(fleet.Upstream.Address));
            for (var number = 1; number <= plan.Admins; number++)
                fleet._admins.Add(await fleet.DescribeAsync("admin-api", $"desk-{number}", plan));
            for (var number = 1; number <= plan.Gateways; number++)
                fleet._gateways.Add(await fleet.DescribeAsync("gateway", $"edge-{number}", plan));
            foreach (var process in fleet.Processes)
                process.Start();
            await Task.WhenAll(fleet.Processes.Select(p => p.ReadyAsync()));
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>The gateways' routes file, which they watch.</summary>
    public string RoutesFile => Path.Combine(_folder, "routes.json");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The upstream last: whoever still asks it ends first.
        foreach (var process in Processes)
            await process.DisposeAsync();
        foreach (var server in new[] { Postgres, Redis })
        {
            if (server is not null)
                await server.DisposeAsync();
        }
        if (Upstream is not null)
            await Upstream.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServersAsync(FleetPlan plan)
    {
        Upstream = await FleetUpstream.StartAsync();
        if (plan.Redis)
            Redis = await ThrowAwayServer.RedisAsync(_folder);
        if (plan.Provider == "postgres")
            Postgres = await ThrowAwayServer.PostgresAsync(_folder);
        Store = new StoreOptions
        {
            Provider = plan.Provider,
            ConnectionString = Postgres?.Address ?? $"Data Source={Path.Combine(_folder, "gateway.db")}",
        };
        await using var database = Database.Create(Store);
        await Migrator.MigrateAsync(database);
        if (Postgres is not null)
        {
            var roles = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "ops", "postgres-roles.sql"));
            await database.WriteAsync(s => s.ExecuteAsync(roles));
        }
    }

    private async Task<FleetProcess> DescribeAsync(string project, string name, FleetPlan plan)
    {
        var settings = new Dictionary<string, string?>(plan.Shared) { ["Store:Provider"] = plan.Provider };
        var (store, redis) = plan.Relays ? (RelayTo(Postgres), RelayTo(Redis)) : (null, null);
        settings["Store:ConnectionString"] = Postgres is null
            ? Store.ConnectionString
            : Login(await AddLoginAsync(project, name), store?.Port ?? Postgres.Port);
        if (Redis is not null)
            settings["Redis:Configuration"] = redis is null ? Redis.Address : $"127.0.0.1:{redis.Port}";
        if (project == "gateway")
            settings["Gateway:RoutesFile"] = RoutesFile;
        else
            settings["Admin:OperatorToken"] = TestAdmin.OperatorToken;
        foreach (var (key, value) in project == "gateway" ? plan.Gateway : plan.Admin)
            settings[key] = value;
        return new FleetProcess(project, name, settings, store, redis);
    }

    // Each process may do in the database what its role may, and no more.
    private async Task<string> AddLoginAsync(string project, string name)
    {
        var role = project == "gateway" ? "gateway_data_plane" : "gateway_control_plane";
        await using var database = Database.Create(Store);
        await database.WriteAsync(s => s.ExecuteAsync($"create role \"{name}\" login in role {role}"));
        return name;
    }

    private string Login(string login, int port) =>
        new NpgsqlConnectionStringBuilder(Store.ConnectionString) { Port = port, Username = login }.ConnectionString;

    private static TcpRelay? RelayTo(ThrowAwayServer? server) =>
        server is null ? null : new TcpRelay("127.0.0.1", server.Port);
}
