using System.Net;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A gateway tells operators which routes it serves; nothing waits for that.</summary>
public sealed class RoutesNoticeTests
{
    private const string Secretive = """
        {
          "ReverseProxy": {
            "Routes": {
              "hook": {
                "ClusterId": "up",
                "Match": {
                  "Path": "/hook/{**rest}",
                  "Methods": [ "POST" ],
                  "Hosts": [ "api.example.com" ],
                  "Headers": [ { "Name": "X-Hook", "Values": [ "matched-secret" ], "Mode": "ExactHeader" } ]
                },
                "Metadata": { "Access": "anonymous" },
                "Transforms": [ { "RequestHeader": "X-Upstream-Key", "Set": "added-secret" } ]
              },
              "tokens": {
                "Order": 3,
                "Match": { "Path": "/v1/wallets/{walletId}/tokens" },
                "Metadata": {
                  "Permissions": "tokens:read wallets:read",
                  "Environments": "sandbox",
                  "Wallet": "{walletId}",
                  "Cluster.sandbox": "up",
                  "Credential": "forward",
                  "MaxStaleness": "2s"
                }
              }
            },
            "Clusters": { "up": { "Destinations": { "one": { "Address": "http://upstream.internal:1/token-in-path" } } } }
          }
        }
        """;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Routes_AreTold_AtTheStart_AfterAReload_AndWhenTheFileIsRefused(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            RoutesText.Of("a * /a Access=key MaxStaleness=1h")
        );
        var first = await ServedAsync(store, s => s.Version is not null);
        var table = (await store.Database.ReadAsync(s => s.GetRoutesAsync(first.Incarnation)))!;
        var route = Assert.Single(table.Routes);
        Assert.Equal(("a", "/a", false, "1h"), (route.Id, route.Path, route.Anonymous, route.MaxStaleness));

        await File.WriteAllTextAsync(gateway.RoutesFile, RoutesText.Of("a * /a Access=anonymous"));
        var second = await ServedAsync(store, s => s.Version != first.Version);
        table = (await store.Database.ReadAsync(s => s.GetRoutesAsync(first.Incarnation)))!;
        Assert.True(Assert.Single(table.Routes).Anonymous);
        Assert.False(second.FileRefused);

        await File.WriteAllTextAsync(gateway.RoutesFile, "{");
        var refused = await ServedAsync(store, s => s.FileRefused);
        Assert.Equal(second.Version, refused.Version);
    }

    [Fact]
    public async Task WhatIsTold_IsWhatRoutesDemand_WithoutAddresses_AndWithoutValuesOfHeaders()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await TestGateway.StartAsync(store.Options, Secretive);
        var served = await ServedAsync(store, s => s.Version is not null);
        var stored = await store.Database.ReadAsync(s => s.QueryAsync<string>("select routes from gateway_routes"));
        var table = (await store.Database.ReadAsync(s => s.GetRoutesAsync(served.Incarnation)))!;

        foreach (
            var secret in new[]
            {
                "matched-secret",
                "MATCHED-SECRET",
                "added-secret",
                "upstream.internal",
                "token-in-path",
            }
        )
            Assert.DoesNotContain(secret, stored[0], StringComparison.Ordinal);
        Assert.Equivalent(
            new PublishedRoute
            {
                Id = "hook",
                Path = "/hook/{**rest}",
                Methods = ["POST"],
                Hosts = ["api.example.com"],
                Conditions = ["header 'x-hook'"],
                Anonymous = true,
                Clusters = ["up"],
            },
            table.Routes.Single(r => r.Id == "hook"),
            strict: true
        );
        Assert.Equivalent(
            new PublishedRoute
            {
                Id = "tokens",
                Path = "/v1/wallets/{walletId}/tokens",
                Order = 3,
                Permissions = ["tokens:read", "wallets:read"],
                Environments = ["sandbox"],
                Wallet = "{walletId}",
                Clusters = ["sandbox:up"],
                MaxStaleness = "2s",
                ForwardsCredential = true,
            },
            table.Routes.Single(r => r.Id == "tokens"),
            strict: true
        );
    }

    [Fact]
    public async Task StoreThatDoesNotTakeThem_StopsNothing_AndIsAskedAgain()
    {
        await using var store = await TestStore.SqliteAsync();
        await RenameAsync("gateway_routes", "away");
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        var notice = gateway.Services.GetRequiredService<RoutesNotice>();

        await Eventually.TrueAsync(async () => !await notice.TryTellAsync(CancellationToken.None));
        await Eventually.TrueAsync(async () => (await gateway.OpsAsync("/readyz")).Status == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/public/x")).Status);
        Assert.Contains("cannot be shown to operators", gateway.Log.Text, StringComparison.Ordinal);

        await RenameAsync("away", "gateway_routes");
        Assert.True(await notice.TryTellAsync(CancellationToken.None));
        await ServedAsync(store, s => s.Version is not null);

        Task RenameAsync(string from, string to) =>
            store.Database.WriteAsync(s => s.ExecuteAsync($"alter table {from} rename to {to}"));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RoutesThatChanged_WhileTheStoreWasAway_AreToldOnceItIsBack(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await TestGateway.StartAsync(outage.Options, RoutesText.Of("a * /a Access=key"));
        var before = await ServedAsync(store, s => s.Version is not null);

        await outage.BeginAsync();
        await File.WriteAllTextAsync(gateway.RoutesFile, RoutesText.Of("b * /b Access=key"));
        var routes = gateway.Services.GetRequiredService<RoutesFile>();
        await Eventually.TrueAsync(() => routes.Served.PolicyOf("b") is not null);
        await outage.EndAsync();

        await ServedAsync(store, s => s.Version is not null && s.Version != before.Version);
    }

    // The one open gateway, once it is as it should be.
    private static async Task<ServedRoutes> ServedAsync(TestStore store, Func<ServedRoutes, bool> condition)
    {
        ServedRoutes? served = null;
        await Eventually.TrueAsync(async () =>
        {
            served = (await store.Database.ReadAsync(s => s.ListServedRoutesAsync())).SingleOrDefault();
            return served is not null && condition(served);
        });
        return served!;
    }
}
