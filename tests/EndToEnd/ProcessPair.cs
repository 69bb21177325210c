using Gateway.Keys;
using Microsoft.Data.Sqlite;

namespace Gateway.Tests;

/// <summary>A gateway and an admin API as processes of their own on one store, with an upstream that records.</summary>
public sealed class ProcessPair : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private readonly Dictionary<string, string?> _store;
    private readonly List<RunningProcess> _processes = [];

    /// <summary>Starts neither.</summary>
    /// <param name="store">The store; null for a SQLite file that is not there yet.</param>
    public ProcessPair(StoreOptions? store = null)
    {
        Store = store ?? new StoreOptions { ConnectionString = $"Data Source={Path.Combine(_folder, "gateway.db")}" };
        _store = new() { ["Store:Provider"] = Store.Provider, ["Store:ConnectionString"] = Store.ConnectionString };
        (Edge, Desk, Ops) = (Client(), Client(), Client());
        File.WriteAllText(RoutesFile, TestRoutes.For(Upstream));
    }

    /// <summary>Where the keys are.</summary>
    public StoreOptions Store { get; }

    /// <summary>The product.</summary>
    public RecordingUpstream Upstream { get; } = new();

    /// <summary>The gateway's routes file: those of <see cref="TestRoutes"/> at first.</summary>
    public string RoutesFile => Path.Combine(_folder, "routes.json");

    /// <summary>Talks to the gateway.</summary>
    public HttpClient Edge { get; }

    /// <summary>Talks to the admin API.</summary>
    public HttpClient Desk { get; }

    /// <summary>Talks to the gateway's ops listener.</summary>
    public HttpClient Ops { get; }

    /// <summary>Starts the gateway.</summary>
    public RunningProcess StartGateway(params (string Name, string? Value)[] settings) =>
        Start(
            "gateway",
            [
                ("Kestrel:Endpoints:Http:Url", Url(Edge)),
                ("Ops:Url", Url(Ops)),
                ("Gateway:RoutesFile", RoutesFile),
                ("Gateway:InstanceId", "edge-1"),
                .. settings,
            ]
        );

    /// <summary>Starts the admin API.</summary>
    public RunningProcess StartAdmin(params (string Name, string? Value)[] settings) =>
        Start(
            "admin-api",
            [
                ("Kestrel:Endpoints:Http:Url", Url(Desk)),
                ("Admin:OperatorToken", TestAdmin.OperatorToken),
                ("Changes:ReceiptTimeout", Deployment.Patience.ToString()),
                .. settings,
            ]
        );

    /// <summary>Runs a command of the admin API.</summary>
    public RunningProcess RunAdmin(params string[] arguments) => RunningProcess.Start("admin-api", _store, arguments);

    /// <summary>Waits until both say they are ready.</summary>
    public async Task ReadyAsync()
    {
        await Eventually.TrueAsync(async () => (await ReadyzAsync(Desk)).Status == 200);
        await Eventually.TrueAsync(async () => (await ReadyzAsync(Ops)).Status == 200);
    }

    /// <summary>What one says about being ready; 0 when nobody listens.</summary>
    public static Task<(int Status, string Text)> ReadyzAsync(HttpClient process) => GetAsync(process, "/readyz");

    /// <summary>A GET; status 0 when nobody listens.</summary>
    public static async Task<(int Status, string Text)> GetAsync(HttpClient process, string path)
    {
        try
        {
            using var response = await process.GetAsync(new Uri(path, UriKind.Relative));
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }

    /// <summary>Makes an account and a key of it.</summary>
    public async Task<(string Account, string Id, string Secret)> MakeKeyAsync()
    {
        var account = await PostAsync("/v1/accounts", new { name = "Acme", apiKeysEnabled = true });
        var id = (string)account.Succeeded(201).Data["account"]!["id"]!;
        var asked = new
        {
            name = SdpPage.Name,
            environment = "sandbox",
            permissions = new[] { "read" },
        };
        var key = (await PostAsync($"/v1/accounts/{id}/api-keys", asked)).Succeeded(201).Key;
        return (id, (string)key["id"]!, (string)key["key"]!);
    }

    /// <summary>Revokes a key.</summary>
    public Task<ApiAnswer> RevokeAsync(string account, string id, string query = "") =>
        Desk.CallAsync(
            HttpMethod.Delete,
            $"/v1/accounts/{account}/api-keys/{id}{query}",
            new { confirmation = SdpPage.Name },
            TestAdmin.OperatorToken
        );

    /// <summary>What the gateway says to a request with this key.</summary>
    public async Task<string> CallAsync(string? key, string path = "/v1/read/x")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        using var response = await Edge.SendAsync(request);
        return $"{(int)response.StatusCode} {await ProblemCode.OfAsync(response)}".TrimEnd();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        foreach (var client in new[] { Edge, Desk, Ops })
            client.Dispose();
        await Upstream.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private RunningProcess Start(string project, IEnumerable<(string Name, string? Value)> settings)
    {
        var all = new Dictionary<string, string?>(_store);
        foreach (var (name, value) in settings)
            all[name] = value;
        var process = RunningProcess.Start(project, all);
        _processes.Add(process);
        return process;
    }

    private Task<ApiAnswer> PostAsync(string path, object body) =>
        Desk.CallAsync(HttpMethod.Post, path, body, TestAdmin.OperatorToken);

    private static HttpClient Client() =>
        new() { BaseAddress = new Uri($"http://127.0.0.1:{RunningProcess.FreePort()}") };

    private static string Url(HttpClient client) => client.BaseAddress!.ToString().TrimEnd('/');
}
