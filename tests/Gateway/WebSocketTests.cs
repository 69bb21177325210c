using System.Net.WebSockets;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>WebSockets pass, over HTTP/1.1 and HTTP/2, on a route that states GET, and only for whom the route is.</summary>
public sealed class WebSocketTests
{
    private const string Route = """
        , "socket": {
          "ClusterId": "up", "Match": { "Path": "/socket", "Methods": [ "GET" ] }, "Metadata": { "Permissions": "read" }
        }
        """;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ValidKey_OpensAWebSocket_AndTheUpstreamSeesWhoItIs(string version)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream { Answer = RecordingUpstream.EchoWebSocketAsync };
        await using var gateway = await StartAsync(store, upstream, version);
        var (key, secret) = await store.IssueKeyAsync(k => k with { Permissions = ["read"] });

        using var socket = await OpenAsync(gateway, version, secret);

        Assert.Equal(WebSocketState.Open, socket.State);
        await Eventually.TrueAsync(() => upstream.Requests.Count == 1);
        Assert.Equal("GET /socket HTTP/1.1", upstream.Single.Line);
        Assert.Equal("websocket", upstream.Single.Value("Upgrade"), ignoreCase: true);
        Assert.Equal(key.Id, upstream.Single.Value("X-Gateway-Key-Id"));
        Assert.Null(upstream.Single.Value("Authorization"));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task RevokedKey_OpensNone(string version)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream { Answer = RecordingUpstream.EchoWebSocketAsync };
        await using var gateway = await StartAsync(store, upstream, version);
        var (key, secret) = await store.IssueKeyAsync();
        await store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);

        await Assert.ThrowsAnyAsync<WebSocketException>(() => OpenAsync(gateway, version, secret));
        Assert.Empty(upstream.Requests);
    }

    private static Task<TestGateway> StartAsync(TestStore store, RecordingUpstream upstream, string version) =>
        TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream, Route),
            new() { ["Kestrel:Endpoints:Http:Protocols"] = version == "2.0" ? "Http2" : "Http1" }
        );

    private static async Task<ClientWebSocket> OpenAsync(TestGateway gateway, string version, string secret)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + secret);
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var client = new HttpMessageInvoker(new SocketsHttpHandler(), disposeHandler: false);
        var uri = new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/socket" }.Uri;
        await socket.ConnectAsync(uri, client, CancellationToken.None);
        return socket;
    }
}
