using System.Text.Json;
using Gateway.Admin;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>A real admin API on loopback, in this process, over a store of its own or one it is given.</summary>
public sealed class TestAdmin : IAsyncDisposable
{
    /// <summary>The configured operator's token.</summary>
    public const string OperatorToken = "operator-token-of-the-tests";

    private readonly WebApplication _app;
    private readonly TestStore? _ownStore;
    private readonly HttpClient _client;

    private TestAdmin(WebApplication app, TestStore store, TestStore? ownStore, TestClock clock)
    {
        (_app, Store, _ownStore, Clock) = (app, store, ownStore, clock);
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _client = new HttpClient { BaseAddress = new Uri(Url) };
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:40001</c>.</summary>
    public string Url { get; }

    /// <summary>Sends requests to it.</summary>
    public HttpClient Client => _client;

    /// <summary>Its store.</summary>
    public TestStore Store { get; }

    /// <summary>Its clock.</summary>
    public TestClock Clock { get; }

    /// <summary>Everything it logged.</summary>
    public RecordingLog Log { get; private init; } = new();

    /// <summary>Its parts.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts one on SQLite, or on the given store.</summary>
    /// <param name="settings">Settings as <c>Section:Name</c>.</param>
    /// <param name="store">A store the test keeps; null for one that ends with it.</param>
    /// <param name="provider">Of a store of its own.</param>
    /// <param name="ahead">How far its clock is ahead from the start.</param>
    /// <param name="configure">A last word before it is built.</param>
    public static async Task<TestAdmin> StartAsync(
        Dictionary<string, string?>? settings = null,
        TestStore? store = null,
        string provider = "sqlite",
        TimeSpan ahead = default,
        Action<WebApplicationBuilder>? configure = null
    )
    {
        var ownStore = store is null ? await TestStore.CreateAsync(provider) : null;
        store ??= ownStore!;
        var (clock, log) = (new TestClock(), new RecordingLog());
        clock.Advance(ahead);
        var all = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Store:Provider"] = store.Options.Provider,
            ["Store:ConnectionString"] = store.Options.ConnectionString,
            ["Admin:OperatorToken"] = OperatorToken,
        };
        foreach (var (name, value) in settings ?? [])
            all[name] = value;
        var app = AdminApp.Build(
            [],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(all);
                builder.Logging.ClearProviders().AddProvider(log);
                builder.Services.AddSingleton<TimeProvider>(clock);
                configure?.Invoke(builder);
            }
        );
        await app.StartAsync();
        return new TestAdmin(app, store, ownStore, clock) { Log = log };
    }

    /// <summary>Stores an account that may make keys.</summary>
    public Task<Account> AddAccountAsync(Func<Account, Account>? with = null)
    {
        var account = Sample.Account() with { ApiKeysEnabled = true };
        return Store.AddAccountAsync(with?.Invoke(account) ?? account);
    }

    /// <summary>Has an operator make a key for an account; <c>sandbox</c> unless the body says otherwise.</summary>
    /// <returns>Its id and its secret.</returns>
    public async Task<(string Id, string Secret)> IssueKeyAsync(string accountId, object? body = null)
    {
        var fields = JsonSerializer.SerializeToNode(body ?? new { })!.AsObject();
        fields.TryAdd("name", "CI deploy key");
        fields.TryAdd("environment", "sandbox");
        var answer = await PostAsync($"/v1/accounts/{accountId}/api-keys", fields);
        answer.Succeeded(201);
        return ((string)answer.Key["id"]!, (string)answer.Key["key"]!);
    }

    /// <summary>A key of the account that may do everything.</summary>
    public Task<(string Id, string Secret)> IssueAdminKeyAsync(string accountId) =>
        IssueKeyAsync(accountId, new { name = "admin", role = "api_admin" });

    /// <summary>Stores a wallet of the account.</summary>
    public Task AddWalletAsync(string accountId, string walletId) =>
        Store.Database.WriteAsync(s =>
            s.InsertWalletAsync(new Wallet(accountId, walletId, WalletKind.Custodial, null, Clock.Now()))
        );

    /// <summary>GET; as the operator unless another credential is given.</summary>
    public Task<ApiAnswer> GetAsync(string path, string? credential = OperatorToken) =>
        SendAsync(HttpMethod.Get, path, null, credential);

    /// <summary>POST; as the operator unless another credential is given.</summary>
    public Task<ApiAnswer> PostAsync(string path, object? body = null, string? credential = OperatorToken) =>
        SendAsync(HttpMethod.Post, path, body, credential);

    /// <summary>PATCH; as the operator unless another credential is given.</summary>
    public Task<ApiAnswer> PatchAsync(string path, object? body = null, string? credential = OperatorToken) =>
        SendAsync(HttpMethod.Patch, path, body, credential);

    /// <summary>DELETE; as the operator unless another credential is given.</summary>
    public Task<ApiAnswer> DeleteAsync(string path, object? body = null, string? credential = OperatorToken) =>
        SendAsync(HttpMethod.Delete, path, body, credential);

    /// <summary>Any request.</summary>
    /// <param name="method">Method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">Serialised as JSON; a string is sent as it is; null sends none.</param>
    /// <param name="credential">Bearer credential; null for none.</param>
    /// <param name="headers">Further headers.</param>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        string? credential = OperatorToken,
        params (string Name, string Value)[] headers
    )
    {
        var answer = await _client.CallAsync(method, path, body, credential, headers);
        (await ApiContract.GetAsync(_client)).Check(method, path, answer);
        return answer;
    }

    /// <summary>Stops it as SIGTERM would.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        if (_ownStore is not null)
            await _ownStore.DisposeAsync();
    }
}
