using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What a deployment is made of, where a test wants something else than the defaults.</summary>
public sealed record DeploymentPlan
{
    /// <summary>Of the store.</summary>
    public string Provider { get; init; } = "sqlite";

    /// <summary>How many gateways; they are called <c>edge-1</c>, <c>edge-2</c> and so on.</summary>
    public int Gateways { get; init; } = 1;

    /// <summary>Further routes: members of <c>Routes</c>, each beginning with a comma.</summary>
    public string Routes { get; init; } = "";

    /// <summary>Settings both processes must agree on, <c>Section:Name</c>.</summary>
    public Dictionary<string, string?> Shared { get; init; } = [];

    /// <summary>Settings of the admin API alone.</summary>
    public Dictionary<string, string?> Admin { get; init; } = [];

    /// <summary>Settings of the gateways alone.</summary>
    public Dictionary<string, string?> Gateway { get; init; } = [];

    /// <summary>How far the gateways' clocks are ahead of the admin API's.</summary>
    public TimeSpan GatewaysAhead { get; init; }

    /// <summary>What the admin API's clock says at the start; null for the time it is.</summary>
    public DateTimeOffset? AdminNow { get; init; }
}

/// <summary>
/// A product as it is deployed: its upstream, gateways in front of it, the admin API behind a route of theirs, one store.
/// All real servers, in this process.
/// </summary>
public sealed class Deployment : IAsyncDisposable
{
    /// <summary>The product's own host, which clients of a gateway name.</summary>
    public const string Host = "api.solana.com";

    /// <summary>A path that needs <c>tokens:read</c>.</summary>
    public const string Tokens = "/v1/tokens/balances";

    /// <summary>How long a receipt is waited for: a machine that stands still for seconds is no gateway that is lost.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly List<TestGateway> _gateways = [];

    private Deployment(TestStore store, TestAdmin admin) => (Store, Admin) = (store, admin);

    /// <summary>Its store.</summary>
    public TestStore Store { get; }

    /// <summary>Its admin API.</summary>
    public TestAdmin Admin { get; }

    /// <summary>The product.</summary>
    public RecordingUpstream Upstream { get; } = new();

    /// <summary>Its gateways.</summary>
    public IReadOnlyList<TestGateway> Gateways => _gateways;

    /// <summary>The first of them.</summary>
    public TestGateway Gateway => _gateways[0];

    /// <summary>Starts one.</summary>
    public static async Task<Deployment> StartAsync(DeploymentPlan plan)
    {
        var store = await TestStore.CreateAsync(plan.Provider);
        var always = new Dictionary<string, string?>
        {
            ["Admin:TrustedProxies:0"] = "127.0.0.1",
            ["Changes:ReceiptTimeout"] = Patience.ToString(),
        };
        var ahead = plan.AdminNow - TimeProvider.System.GetUtcNow() ?? TimeSpan.Zero;
        var admin = await TestAdmin.StartAsync(Merge(always, plan.Shared, plan.Admin), store, ahead: ahead);
        var deployment = new Deployment(store, admin);
        for (var number = 1; number <= plan.Gateways; number++)
            await deployment.AddGatewayAsync(plan, $"edge-{number}");
        return deployment;
    }

    /// <summary>An account that may make keys, made as an operator makes it, and a key of it that may do everything.</summary>
    public async Task<(string Account, string AdminKey)> OpenAccountAsync()
    {
        var made = await Admin.PostAsync("/v1/accounts", new { name = "Acme", apiKeysEnabled = true });
        var account = (string)made.Succeeded(201).Data["account"]!["id"]!;
        return (account, (await Admin.IssueAdminKeyAsync(account)).Secret);
    }

    /// <summary>What every gateway says to a request with this key; fails the test when they do not agree.</summary>
    /// <returns>Status and, of a refusal, code: <c>200</c>, <c>401 REVOKED_API_KEY</c>.</returns>
    public async Task<string> CallAsync(string key, string path = Tokens)
    {
        var answers = await Task.WhenAll(_gateways.Select(g => CallAsync(g, key, path)));
        return Assert.Single(answers.Distinct(StringComparer.Ordinal));
    }

    /// <summary>What one gateway says.</summary>
    public static async Task<string> CallAsync(TestGateway gateway, string key, string path = Tokens)
    {
        var (status, code) = await gateway.TryAsync(path, key);
        return $"{(int)status} {code}".TrimEnd();
    }

    /// <summary>Has the gateways write what they counted, as they do every few seconds.</summary>
    public async Task FlushAsync()
    {
        foreach (var gateway in _gateways)
            Assert.True(await gateway.Services.GetRequiredService<UsageRecorder>().FlushAsync());
    }

    /// <summary>Checks that a receipt is complete and names every gateway.</summary>
    public void EveryoneKnows(ApiAnswer answer)
    {
        var propagation = answer.Data["propagation"]!;
        Assert.True((bool)propagation["complete"]!, answer.Text);
        Assert.Empty(propagation["pending"]!.AsArray());
        var names = propagation["gateways"]!.AsArray().Select(g => (string)g!["id"]!);
        Assert.Equal(_gateways.Select((_, i) => $"edge-{i + 1}"), names.Order(StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        await Admin.DisposeAsync();
        await Upstream.DisposeAsync();
        await Store.DisposeAsync();
    }

    private async Task AddGatewayAsync(DeploymentPlan plan, string id)
    {
        var clock = new TestClock();
        clock.Advance(plan.GatewaysAhead);
        var gateway = await TestGateway.StartAsync(
            Store.Options,
            Routes(plan.Routes),
            Merge(new() { ["Gateway:InstanceId"] = id }, plan.Shared, plan.Gateway),
            clock
        );
        gateway.Client.DefaultRequestHeaders.Host = Host;
        _gateways.Add(gateway);
    }

    private string Routes(string more) =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "api-keys": {
                    "ClusterId": "admin",
                    "Match": { "Hosts": [ "{{Host}}" ], "Path": "/v1/api-keys/{**rest}" },
                    "Metadata": { "Access": "key", "Wallet": "any", "Credential": "forward" }
                  },
                  "read": {
                    "ClusterId": "product",
                    "Match": { "Hosts": [ "{{Host}}" ], "Path": "/v1/tokens/{**rest}", "Methods": [ "GET", "HEAD" ] },
                    "Metadata": { "Permissions": "tokens:read", "Wallet": "any" }
                  },
                  "write": {
                    "ClusterId": "product",
                    "Match": { "Hosts": [ "{{Host}}" ], "Path": "/v1/tokens/{**rest}", "Methods": [ "POST" ] },
                    "Metadata": { "Permissions": "tokens:write" }
                  },
                  "custody": {
                    "ClusterId": "product",
                    "Match": { "Hosts": [ "{{Host}}" ], "Path": "/v1/custody/{**rest}" },
                    "Metadata": { "Permissions": "custody:write" }
                  },
                  "wallet": {
                    "ClusterId": "product",
                    "Match": { "Hosts": [ "{{Host}}" ], "Path": "/v1/wallets/{walletId}/{**rest}" },
                    "Metadata": { "Permissions": "wallets:read", "Wallet": "{walletId}" }
                  }{{more}}
                },
                "Clusters": {
                  "product": { "Destinations": { "one": { "Address": "{{Upstream.Address}}" } } },
                  "admin": { "Destinations": { "one": { "Address": "{{Admin.Url}}" } } }
                }
              }
            }
            """;

    private static Dictionary<string, string?> Merge(params Dictionary<string, string?>[] settings) =>
        settings.SelectMany(s => s).GroupBy(s => s.Key).ToDictionary(s => s.Key, s => s.Last().Value);
}
