namespace Gateway.Tests;

/// <summary>What only the gateway may say never arrives from a client, however it is spelled.</summary>
public sealed class ReservedHeadersTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private readonly EdgeHost _edge = fixture.Edge;

    [Theory]
    [InlineData("X-Gateway-Key-Id")]
    [InlineData("x-gateway-key-id")]
    [InlineData("X-GATEWAY-KEY-ID")]
    [InlineData("X_Gateway_Key_Id")]
    [InlineData("X-Gateway_Key-Id")]
    [InlineData("X.Gateway.Key.Id")]
    [InlineData("X~Gateway|Key`Id")]
    [InlineData("X-Gateway-Whatever-Comes")]
    [InlineData("X-Original-URL")]
    [InlineData("X_Rewrite_Url")]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("X-HTTP-Method")]
    [InlineData("X-Method-Override")]
    [InlineData("X-API-Key")]
    [InlineData("X-Real-IP")]
    [InlineData("X-Content-Length")]
    [InlineData("X-Forwarded-Prefix")]
    [InlineData("X-Forwarded-Client-Cert")]
    [InlineData("Forwarded")]
    [InlineData("True-Client-IP")]
    [InlineData("CF-Connecting-IP")]
    [InlineData("X-Middleware-Subrequest")]
    [InlineData("X-Envoy-Original-Path")]
    [InlineData("X-Accel-Redirect")]
    [InlineData("X-Consumer-Username")]
    [InlineData("X-Auth-Request-User")]
    [InlineData("X-User-Id")]
    [InlineData("Remote-User")]
    [InlineData("Proxy")]
    [InlineData("Content_Length")]
    [InlineData("Transfer.Encoding")]
    [InlineData("Authori_zation", false)]
    [InlineData("X-User-Agent", false)]
    [InlineData("X-Requested-With", false)]
    [InlineData("X-Request-Id", false)]
    [InlineData("X_Custom", false)]
    [InlineData("Origin", false)]
    [InlineData("Sec-Fetch-Site", false)]
    [InlineData("Content-Type", false)]
    [InlineData("Accept", false)]
    public async Task ReservedNames_AreRemoved_OthersPass(string name, bool isReserved = true)
    {
        _edge.Upstream.Clear();
        Assert.Equal(200, (await _edge.GetAsync("/a", $"{name}: attacker\r\n{name}: attacker\r\n")).Status);
        var request = _edge.Upstream.Single;
        var came = request.Headers.Any(h => h.Value.Contains("attacker", StringComparison.Ordinal));
        Assert.Equal(isReserved, !came);
        Assert.Equal(isReserved, ReservedHeaders.IsReserved(name));
        Assert.Equal("key_1", request.Value("X-Gateway-Key-Id"));
    }

    [Theory]
    [InlineData("close, X-Gateway-Key-Id")]
    [InlineData("X-Gateway-Key-Id")]
    [InlineData("keep-alive, X-Forwarded-For, Host, Content-Length, Transfer-Encoding")]
    public async Task NamingOurHeadersInConnection_TakesNothingAway(string connection)
    {
        _edge.Upstream.Clear();
        Assert.Equal(200, (await _edge.GetAsync("/a", $"Connection: {connection}\r\n")).Status);
        var request = _edge.Upstream.Single;
        Assert.Equal("key_1", request.Value("X-Gateway-Key-Id"));
        Assert.Equal("127.0.0.1", request.Value("X-Forwarded-For"));
        Assert.NotNull(request.Value("Host"));
    }

    [Theory]
    [InlineData("Connection: close, X-Foo\r\n")]
    [InlineData("Connection: X-Foo\r\n")]
    [InlineData("Connection: x-foo\r\nConnection: close\r\n")]
    [InlineData("Connection: keep-alive,\tX-FOO\t,\r\n")]
    [InlineData("Connection: Upgrade, X-Foo\r\nUpgrade: h2c\r\n")]
    public async Task HeadersNamedInConnection_AreThisHopsOnly(string connection)
    {
        _edge.Upstream.Clear();
        Assert.Equal(200, (await _edge.GetAsync("/a", "X-Foo: x\r\nX-Bar: y\r\n" + connection)).Status);
        Assert.Null(_edge.Upstream.Single.Value("X-Foo"));
        Assert.Equal("y", _edge.Upstream.Single.Value("X-Bar"));
    }

    [Fact]
    public async Task ABodysLength_CannotBeNamedAway()
    {
        _edge.Upstream.Clear();
        var exchange = await _edge.SendAsync(
            "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: Content-Length\r\n\r\nabc"
        );
        Assert.Equal(200, exchange.Status);
        Assert.Equal("abc", _edge.Upstream.Single.Text);
    }

    [Theory]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n")]
    public async Task AnUpgradeToAnythingElse_IsAnsweredWithoutIt(string headers)
    {
        _edge.Upstream.Clear();
        Assert.Equal(200, (await _edge.GetAsync("/a", headers)).Status);
        var request = _edge.Upstream.Single;
        Assert.Empty(request.Values("Upgrade"));
        Assert.Empty(request.Values("Connection"));
        Assert.Empty(request.Values("HTTP2-Settings"));
    }

    [Theory]
    [InlineData("TE: trailers, deflate;q=0.5\r\n", "TE")]
    [InlineData("Proxy-Connection: close\r\n", "Proxy-Connection")]
    [InlineData("Proxy-Authorization: Basic eDp5\r\n", "Proxy-Authorization")]
    [InlineData("Keep-Alive: timeout=5\r\n", "Keep-Alive")]
    public async Task HeadersOfThisHop_AreNotForwarded(string header, string name)
    {
        _edge.Upstream.Clear();
        Assert.Equal(200, (await _edge.GetAsync("/a", header)).Status);
        Assert.Empty(_edge.Upstream.Single.Values(name));
    }

    [Fact]
    public void NamesThatDifferOnlyInSpelling_AreTheSame()
    {
        Assert.True(ReservedHeaders.SameWhenFolded("X-Wallet_Id", "x_wallet-ID"));
        Assert.False(ReservedHeaders.SameWhenFolded("X-Wallet-Id", "X-WalletId"));
    }
}
