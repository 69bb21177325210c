using Gateway.Keys;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>
/// A gateway in front of a <see cref="StreamingUpstream"/>, over HTTP/1.1 and HTTP/2, with the clients that open its
/// streams. Its routes need <c>read</c>, for the wallet in their second segment: <c>/h1/w1/…</c>, <c>/h2/w1/…</c> by the
/// protocol towards the upstream, <c>/brief/w1/…</c> for a <c>MaxStaleness</c> of a second, <c>/idle/w1/…</c> for a
/// cluster that allows a second of silence.
/// </summary>
public sealed class StreamGateway : IAsyncDisposable
{
    private StreamGateway(StreamingUpstream upstream, TestGateway gateway)
    {
        (Upstream, Gateway) = (upstream, gateway);
        // In the order of their names.
        var server = gateway.Services.GetRequiredService<IServer>();
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        Clients = new StreamClients(upstream, addresses.First(), addresses.Last());
    }

    /// <summary>What it forwards to.</summary>
    public StreamingUpstream Upstream { get; }

    /// <summary>The gateway.</summary>
    public TestGateway Gateway { get; }

    /// <summary>Opens streams through it.</summary>
    public StreamClients Clients { get; }

    /// <summary>Its index of open streams.</summary>
    public OpenStreams Streams => Gateway.Services.GetRequiredService<OpenStreams>();

    /// <summary>Has it look whether the time of a stream is over, as it does by itself soon.</summary>
    public void Sweep() => Gateway.Services.GetRequiredService<StreamSweep>().LookOnce();

    /// <summary>Starts one.</summary>
    /// <param name="store">Where its keys are.</param>
    /// <param name="settings">Further settings, <c>Section:Name</c>.</param>
    /// <param name="clock">Its clock; the real one when null.</param>
    public static async Task<StreamGateway> StartAsync(
        StoreOptions store,
        Dictionary<string, string?>? settings = null,
        TimeProvider? clock = null
    )
    {
        var upstream = await StreamingUpstream.StartAsync();
        var all = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:Http:Protocols"] = "Http1",
            ["Kestrel:Endpoints:Http2:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:Http2:Protocols"] = "Http2",
            // Streams do not end by themselves, so a gateway that stops waits for them as long as it may.
            ["Gateway:DrainSeconds"] = "1",
        };
        foreach (var (name, value) in settings ?? [])
            all[name] = value;
        var gateway = await TestGateway.StartAsync(store, Routes(upstream), all, clock);
        return new StreamGateway(upstream, gateway);
    }

    /// <summary>A key that its routes take: for wallet <c>w1</c> alone.</summary>
    public static Task<(KeyRecord Key, string Secret)> IssueKeyAsync(
        TestStore store,
        Func<KeyRecord, KeyRecord>? with = null
    ) =>
        store.IssueKeyAsync(k =>
        {
            var key = k with
            {
                Permissions = ["read"],
                WalletScope = WalletScope.Selected,
                WalletBindings = [new WalletBinding("w1")],
            };
            return with?.Invoke(key) ?? key;
        });

    /// <summary>The routes file for an upstream.</summary>
    public static string Routes(StreamingUpstream upstream) =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "h1": {{Route("h1", "h1")}},
                  "h2": {{Route("h2", "h2")}},
                  "brief": {{Route("brief", "h1", ", \"MaxStaleness\": \"1s\"")}},
                  "idle": {{Route("idle", "idle")}},
                  "public": { "ClusterId": "h1", "Match": { "Path": "/public/{**rest}" }, "Metadata": { "Access": "anonymous" } }
                },
                "Clusters": {
                  "h1": { "Destinations": { "one": { "Address": "{{upstream.Http1}}" } } },
                  "idle": {
                    "Destinations": { "one": { "Address": "{{upstream.Http1}}" } },
                    "HttpRequest": { "ActivityTimeout": "00:00:01" }
                  },
                  "h2": {
                    "Destinations": { "one": { "Address": "{{upstream.Http2}}" } },
                    "HttpRequest": { "Version": "2", "VersionPolicy": "RequestVersionExact" }
                  }
                }
              }
            }
            """;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Clients.Dispose();
        await Upstream.DisposeAsync();
        await Gateway.DisposeAsync();
    }

    private static string Route(string name, string cluster, string more = "") =>
        $$"""
            {
              "ClusterId": "{{cluster}}", "Match": { "Path": "/{{name}}/{walletId}/{**rest}" },
              "Metadata": { "Permissions": "read", "Wallet": "{walletId}"{{more}} }
            }
            """;
}
