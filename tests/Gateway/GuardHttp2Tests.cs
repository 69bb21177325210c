namespace Gateway.Tests;

/// <summary>The guard holds over HTTP/2, where fields have no line ends and the target is a field.</summary>
public sealed class GuardHttp2Tests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private static readonly (string, string)[] Get =
    [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "localhost"),
    ];
    private static readonly (string, string)[] Post = [(":method", "POST"), .. Get[1..], (":path", "/a")];

    private readonly EdgeHost _edge = fixture.Edge;

    [Theory]
    [InlineData("/a")]
    [InlineData("/caf%C3%A9/a%20b?c=%2F")]
    public async Task APlainRequest_ArrivesAsItWasSent(string path)
    {
        _edge.Upstream.Clear();
        Assert.Equal(
            200,
            await RawHttp2.SendAsync(_edge.Http2Address, [.. Get, (":path", path), ("x-foo", "b\u00e9")])
        );
        Assert.Equal(path, _edge.Upstream.Single.Target);
        Assert.Equal("b\u00e9", _edge.Upstream.Single.Value("x-foo"));
    }

    [Theory]
    [InlineData("http://localhost/a")]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("/a/../b")]
    [InlineData("/a%2fb")]
    [InlineData("/a b")]
    [InlineData("/a HTTP/1.1\r\nX: y")]
    [InlineData("/a?b c")]
    [InlineData("/a\u00c3\u00a9")]
    [InlineData("/a?\u00c3\u00a9")]
    [InlineData("/a#b")]
    [InlineData("")]
    public async Task AnAmbiguousPath_IsRefused(string path) => await RefusesAsync([.. Get, (":path", path)]);

    [Theory]
    [InlineData("a", "b\nx-gateway-key-id: attacker")]
    [InlineData("a", "b\rc")]
    [InlineData("a", "b\0c")]
    [InlineData("a: b", "c")]
    [InlineData("a b", "c")]
    [InlineData("a\n", "c")]
    [InlineData("X-Foo", "c")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("connection", "close")]
    [InlineData(":path", "/b")]
    [InlineData(":foo", "b")]
    [InlineData("cookie", "\u0001")]
    [InlineData("authorization", "Bearer \u00a0a")]
    public async Task AFieldThatIsNotOne_IsRefused(string name, string value) =>
        await RefusesAsync([.. Get, (":path", "/a"), (name, value)]);

    [Fact]
    public async Task TwoHostsAndTwoLengths_AreRefused()
    {
        await RefusesAsync([.. Get, (":path", "/a"), ("authorization", "Bearer a"), ("authorization", "Bearer b")]);
        await RefusesAsync([.. Post, ("content-length", "1"), ("content-length", "5")], "AAAAA");
        await RefusesAsync([.. Post, ("content-length", "5, 5")], "AAAAA");
    }

    [Fact]
    public async Task AHostBesideTheAuthority_DoesNotReachTheUpstream()
    {
        _edge.Upstream.Clear();
        await RawHttp2.SendAsync(
            _edge.Http2Address,
            [.. Get, (":path", "/a"), ("host", "localhost"), ("host", "evil.example")]
        );
        Assert.DoesNotContain(
            _edge.Upstream.Requests.SelectMany(r => r.Headers),
            h => h.Value.Contains("evil", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Connect_IsForWebSocketsOnly()
    {
        await RefusesAsync([(":method", "CONNECT"), (":authority", "localhost")]);
        await RefusesAsync([(":method", "CONNECT"), (":protocol", "evil"), .. Get[1..], (":path", "/a")]);
        await RefusesAsync([(":method", "CONNECT"), (":protocol", "WebSocket"), .. Get[1..], (":path", "/a/../b")]);
    }

    [Fact]
    public async Task Trailers_AreNobodysIdentity()
    {
        _edge.Upstream.Clear();
        Assert.Equal(200, await RawHttp2.SendAsync(_edge.Http2Address, Post, "x", [("x-gateway-key-id", "attacker")]));
        Assert.Equal("x", _edge.Upstream.Single.Text);
        Assert.Equal("key_1", _edge.Upstream.Single.Value("X-Gateway-Key-Id"));
        Assert.Empty(_edge.Upstream.Single.Trailers);
    }

    [Fact]
    public async Task ALengthThatLies_DoesNotReachTheUpstreamWhole()
    {
        _edge.Upstream.Clear();
        await RawHttp2.SendAsync(
            _edge.Http2Address,
            [.. Post, ("content-length", "1")],
            "GET /secret HTTP/1.1\r\n\r\n"
        );
        Assert.DoesNotContain(_edge.Upstream.Requests, r => r.Target is "/secret");
    }

    private async Task RefusesAsync((string, string)[] fields, string? body = null)
    {
        _edge.Upstream.Clear();
        Assert.True(await RawHttp2.SendAsync(_edge.Http2Address, fields, body) is 0 or 400 or 405);
        Assert.Empty(_edge.Upstream.Requests);
    }
}
