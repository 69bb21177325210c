using System.Net;
using System.Net.WebSockets;

namespace Gateway.Tests;

/// <summary>What passes the guard arrives whole, and at the path that was judged.</summary>
public sealed class GuardForwardingTests
{
    [Fact]
    public async Task AnEscapeTheRouteAllows_ArrivesEscaped_AndAnotherIsRefused()
    {
        await using var edge = await EdgeHost.StartAsync(allowEncoded: "; ?");
        Assert.Equal(200, (await edge.GetAsync("/a%3bb/%3F?c=%3b")).Status);
        Assert.Equal("/a%3bb/%3F?c=%3b", edge.Upstream.Single.Target);
        Assert.Equal(400, (await edge.GetAsync("/a%23b")).Status);
        Assert.Equal(400, (await edge.GetAsync("/a%3b%2fb")).Status);
        Assert.Single(edge.Upstream.Requests);
    }

    [Fact]
    public async Task WithoutARoutesLeave_SemicolonQuestionMarkAndHash_AreRefused()
    {
        await using var edge = await EdgeHost.StartAsync();
        Assert.Equal(400, (await edge.GetAsync("/a%3Bb")).Status);
        Assert.Equal(400, (await edge.GetAsync("/a%3fb")).Status);
        Assert.Equal(400, (await edge.GetAsync("/a%23b")).Status);
        Assert.Empty(edge.Upstream.Requests);
    }

    [Theory]
    [InlineData("PathRemovePrefix", "/api", "/api/caf%C3%A9/a%20b%3Bc?d=%2F", "/caf%C3%A9/a%20b%3Bc?d=%2F")]
    [InlineData("PathPrefix", "/v2", "/a%7eb%3B", "/v2/a~b%3B")]
    [InlineData("PathPattern", "/new/{**rest}", "/a/b%3Bc", "/new/a/b%3Bc")]
    [InlineData("QueryRemoveParameter", "b", "/a%3B?a=1&b=2", "/a%3B?a=1")]
    public async Task ATransformedPath_KeepsItsMeaning(string transform, string value, string sent, string arrives)
    {
        var transforms = new[] { new Dictionary<string, string> { [transform] = value } };
        await using var edge = await EdgeHost.StartAsync(allowEncoded: ";", transforms: transforms);
        Assert.Equal(200, (await edge.GetAsync(sent)).Status);
        Assert.Equal(arrives, edge.Upstream.Single.Target);
    }

    [Fact]
    public async Task AValueOfThePath_IsNotToldInLettersThatLookLikeIt()
    {
        var transforms = new[]
        {
            new Dictionary<string, string> { ["RequestHeaderRouteValue"] = "X-Name", ["Set"] = "rest" },
        };
        await using var edge = await EdgeHost.StartAsync(transforms: transforms);
        Assert.Equal(200, (await edge.GetAsync("/%C4%80dmin")).Status);
        Assert.Equal("?dmin", edge.Upstream.Single.Value("X-Name"));
    }

    [Fact]
    public async Task AChunkedUpload_Arrives_AndItsTrailersAreNobodysIdentity()
    {
        await using var edge = await EdgeHost.StartAsync();
        var exchange = await edge.SendAsync(
            "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Gateway-Key-Id: attacker\r\nContent-Length: 9\r\n\r\n"
        );
        Assert.Equal(200, exchange.Status);
        Assert.Equal("abcde", edge.Upstream.Single.Text);
        Assert.Empty(edge.Upstream.Single.Trailers);
        Assert.Equal("key_1", edge.Upstream.Single.Value("X-Gateway-Key-Id"));
    }

    [Fact]
    public async Task TrailersOfAResponse_Pass()
    {
        await using var edge = await EdgeHost.StartAsync();
        edge.Upstream.Answer = (_, client) =>
            RecordingUpstream.WriteAsync(
                client,
                "200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n"
            );
        using var client = Http2Client();
        using var response = await client.GetAsync(new Uri(edge.Http2Address + "/a"));
        Assert.Equal("a", await response.Content.ReadAsStringAsync());
        Assert.Equal("7", response.TrailingHeaders.GetValues("X-Sum").Single());
    }

    [Fact]
    public async Task Pipelined_EachRequestIsJudgedByItself()
    {
        await using var edge = await EdgeHost.StartAsync();
        var exchange = await edge.SendAsync(
            "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\nGET /a/../b HTTP/1.1\r\nHost: localhost\r\n\r\n",
            expected: 2
        );
        Assert.Equal([200, 400], exchange.Responses.Select(r => r.Status));
        Assert.Equal("/a", edge.Upstream.Single.Target);
    }

    [Fact]
    public async Task AnExpectation_IsMet_WhenTheBodyIsWanted()
    {
        await using var edge = await EdgeHost.StartAsync();
        var exchange = await edge.SendAsync(
            "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\nabc"
        );
        Assert.Equal(200, exchange.Status);
        Assert.Equal("abc", edge.Upstream.Single.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AWebSocket_IsForwarded_OverHttp1AndHttp2(bool isHttp2)
    {
        await using var edge = await EdgeHost.StartAsync();
        edge.Upstream.Answer = RecordingUpstream.EchoWebSocketAsync;
        using var socket = new ClientWebSocket();
        var address = (isHttp2 ? edge.Http2Address : edge.Address).Replace("http", "ws", StringComparison.Ordinal);
        if (isHttp2)
            (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (
                HttpVersion.Version20,
                HttpVersionPolicy.RequestVersionExact
            );
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        await socket.ConnectAsync(new Uri(address + "/ws?a=%20"), invoker, default);
        Assert.Equal(WebSocketState.Open, socket.State);
        var request = edge.Upstream.Single;
        Assert.Equal("/ws?a=%20", request.Target);
        Assert.Equal("websocket", request.Value("Upgrade"), ignoreCase: true);
        Assert.Equal("key_1", request.Value("X-Gateway-Key-Id"));
    }

    private static HttpClient Http2Client() =>
        new()
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
}
