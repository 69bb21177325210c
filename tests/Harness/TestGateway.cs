using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>A real gateway on loopback, in this process: its own Kestrel, its own store connections, its own routes file.</summary>
public sealed class TestGateway : IAsyncDisposable
{
    private readonly string _folder;
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private TestGateway(string folder, WebApplication app)
    {
        (_folder, _app) = (folder, app);
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Url) };
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:40002</c>.</summary>
    public string Url { get; }

    /// <summary>Where its ops listener is.</summary>
    public string OpsUrl => _app.Services.GetRequiredService<OpsServer>().Url;

    /// <summary>Its routes file: write to it to reload.</summary>
    public string RoutesFile => Path.Combine(_folder, "routes.json");

    /// <summary>Everything it logged, as text.</summary>
    public RecordingLog Log { get; private init; } = new();

    /// <summary>Its parts.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Sends requests to it; redirects are not followed.</summary>
    public HttpClient Client => _client;

    /// <summary>Starts one.</summary>
    /// <param name="store">Where its keys are; null for a store that does not answer (settings say which).</param>
    /// <param name="routes">The routes file as text.</param>
    /// <param name="settings">Further settings, <c>Section:Name</c>.</param>
    /// <param name="clock">Its clock; the real one when null.</param>
    /// <param name="ready">Wait until it can judge.</param>
    /// <param name="configure">A last word before it is built.</param>
    public static async Task<TestGateway> StartAsync(
        StoreOptions store,
        string routes,
        Dictionary<string, string?>? settings = null,
        TimeProvider? clock = null,
        bool ready = true,
        Action<WebApplicationBuilder>? configure = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "routes.json"), routes);
        var log = new RecordingLog();
        var all = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Ops:Url"] = "http://127.0.0.1:0",
            ["Gateway:DrainDelaySeconds"] = "0",
            ["Gateway:RoutesFile"] = Path.Combine(folder, "routes.json"),
            ["Store:Provider"] = store.Provider,
            ["Store:ConnectionString"] = store.ConnectionString,
        };
        foreach (var (name, value) in settings ?? [])
            all[name] = value;
        var app = GatewayApp.Build(
            [],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(all);
                builder.Logging.ClearProviders().AddProvider(log);
                if (clock is not null)
                    builder.Services.AddSingleton(clock);
                configure?.Invoke(builder);
            }
        );
        await app.StartAsync();
        var gateway = new TestGateway(folder, app) { Log = log };
        if (ready)
            await Eventually.TrueAsync(() => app.Services.GetRequiredService<ChangeFollower>().Synced);
        return gateway;
    }

    /// <summary>GET with a key.</summary>
    public Task<HttpResponseMessage> GetAsync(string path, string? key = null) => SendAsync(HttpMethod.Get, path, key);

    /// <summary>Any request with a key.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return _client.SendAsync(request);
    }

    /// <summary>Status and <c>error.code</c> of a GET with a key; the code is empty on success.</summary>
    public async Task<(HttpStatusCode Status, string Code)> TryAsync(string path, string? key = null)
    {
        using var response = await GetAsync(path, key);
        return (response.StatusCode, await ProblemCode.OfAsync(response));
    }

    /// <summary>Status and text of a GET at its ops listener.</summary>
    public async Task<(HttpStatusCode Status, string Text)> OpsAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(new Uri(OpsUrl), path));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Stops it as SIGTERM would.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Reads problem bodies.</summary>
public static class ProblemCode
{
    /// <summary><c>error.code</c> of a problem body; empty for any other body.</summary>
    public static async Task<string> OfAsync(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentType?.MediaType != ProblemBody.ContentType)
            return "";
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"]!;
    }
}
