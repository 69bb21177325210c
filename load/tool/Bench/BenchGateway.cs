using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>
/// The gateway as it is shipped, on a SQLite store of its own with two keys, which are held, and a request of each that has come in:
/// its lease is renewed, its feed is followed and its metrics are collected while its parts are timed.
/// </summary>
internal sealed class BenchGateway : IAsyncDisposable
{
    /// <summary>The permission that the route demands, and the key has.</summary>
    public const string Permission = "read";

    private const string Range = "127.0.0.0/8";

    // Nobody listens there: what is forwarded is not measured here.
    private const string Routes = """
        {
          "ReverseProxy": {
            "Routes": {
              "read": { "ClusterId": "up", "Match": { "Path": "/v1/read/{**rest}" }, "Metadata": { "Permissions": "read" } }
            },
            "Clusters": { "up": { "Destinations": { "one": { "Address": "http://127.0.0.1:1" } } } }
          }
        }
        """;

    private readonly string _folder;
    private readonly WebApplication _app;

    private BenchGateway(string folder, WebApplication app, string secret, HeldRequest request, HeldRequest ofMany) =>
        (_folder, _app, Secret, Request, RequestOfMany) = (folder, app, secret, request, ofMany);

    /// <summary>The key's secret.</summary>
    public string Secret { get; }

    /// <summary>A request with it.</summary>
    public HeldRequest Request { get; }

    /// <summary>Starts one.</summary>
    public static async Task<BenchGateway> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-bench-").FullName;
        var store = new StoreOptions
        {
            Provider = "sqlite",
            ConnectionString = $"Data Source={Path.Combine(folder, "gateway.db")}",
        };
        string secret;
        string ofMany;
        await using (var database = Database.Create(store))
        {
            await Migrator.MigrateAsync(database);
            secret = await SeedAsync(database, [Range]);
            ofMany = await SeedAsync(database, [Range, .. BenchKeys.Addresses(10_000 - 1)]);
        }
        var app = await StartAsync(folder, store);
        return new BenchGateway(folder, app, secret, await HoldAsync(app, secret), await HoldAsync(app, ofMany));
    }

    /// <summary>One with a key of as many address ranges as nobody has.</summary>
    public HeldRequest RequestOfMany { get; }

    /// <summary>One of its parts.</summary>
    public T Part<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Request.DisposeAsync();
        await RequestOfMany.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<HeldRequest> HoldAsync(WebApplication app, string secret)
    {
        await KnownAsync(app, secret);
        var request = await HeldRequest.OpenAsync(
            "/v1/read/x",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Host"] = "api.example.com",
                ["User-Agent"] = "bot/1.0",
                ["Accept"] = "application/json",
                ["Accept-Encoding"] = "gzip, br",
                ["Authorization"] = "Bearer " + secret,
            }
        );
        request.Context.SetEndpoint(
            ((IEndpointRouteBuilder)app)
                .DataSources.SelectMany(s => s.Endpoints)
                .First(e => e.Metadata.GetMetadata<RoutePolicy>() is not null)
        );
        return request;
    }

    private static async Task<WebApplication> StartAsync(string folder, StoreOptions store)
    {
        var routes = Path.Combine(folder, "routes.json");
        await File.WriteAllTextAsync(routes, Routes);
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Ops:Url"] = "http://127.0.0.1:0",
            ["Gateway:DrainDelaySeconds"] = "0",
            ["Gateway:RoutesFile"] = routes,
            ["Store:Provider"] = store.Provider,
            ["Store:ConnectionString"] = store.ConnectionString,
        };
        var app = GatewayApp.Build(
            [],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                builder.Logging.ClearProviders();
            }
        );
        await app.StartAsync();
        return app;
    }

    private static async Task<string> SeedAsync(Database database, string[] addresses)
    {
        var format = new KeyFormat(new KeyOptions());
        format.TryGetEnvironment("production", out var environment);
        var secret = format.Generate(environment!);
        var now = TimeProvider.System.Now();
        var account = new Account
        {
            Id = Ids.New(Ids.Account, TimeProvider.System),
            Name = "Bench",
            ApiKeysEnabled = true,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var key = BenchKeys.Record(account.Id, addresses, [Permission]) with
        {
            KeyPrefix = format.DisplayPrefix(secret),
            Hash = new KeyHasher(new KeyOptions()).HashNew(secret).Hash,
        };
        await database.WriteAsync(async session =>
        {
            await session.InsertAccountAsync(account);
            await session.InsertKeyAsync(key);
            await session.AppendChangeAsync(ChangeKinds.KeyCreated, account.Id, key);
        });
        return secret;
    }

    private static async Task KnownAsync(WebApplication app, string secret)
    {
        var follower = app.Services.GetRequiredService<ChangeFollower>();
        while (!follower.Synced)
            await Task.Delay(10);
        Span<char> index = stackalloc char[KeyIndex.Length / sizeof(char)];
        BenchKeys.Index(secret, index);
        var found = app.Services.GetRequiredService<KeyCache>().FindAsync(index.ToString(), new(secret));
        if (await found is null)
            throw new InvalidOperationException("The gateway does not know the key.");
    }
}
