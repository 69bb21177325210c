namespace Gateway.Tests;

/// <summary>Methods, framing and headers that two readers could take differently are refused.</summary>
public sealed class GuardHeadersTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    // What a naive upstream would take for a request of its own.
    private const string Smuggled = "GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private readonly EdgeHost _edge = fixture.Edge;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task ServedMethods_AreForwarded(string method)
    {
        _edge.Upstream.Clear();
        var exchange = await _edge.SendAsync($"{method} /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(200, exchange.Status);
        Assert.Equal(method, _edge.Upstream.Single.Method);
    }

    [Theory]
    [InlineData("TRACE /a")]
    [InlineData("CONNECT localhost:80")]
    [InlineData("GETT /a")]
    [InlineData("get /a")]
    [InlineData("PROPFIND /a")]
    [InlineData("PRI /a")]
    public async Task OtherMethods_Are405(string line) =>
        await RefusesAsync($"{line} HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 405);

    [Theory]
    [InlineData("Content-Length: 47\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 47")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked, chunked")]
    [InlineData("Transfer-Encoding: chunked,")]
    [InlineData("Transfer-Encoding: ,chunked")]
    [InlineData("Transfer-Encoding: identity")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")]
    [InlineData("Transfer-Encoding: \u000bchunked")]
    [InlineData("Transfer-Encoding: \u00ffchunked\u00ff")]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData("Transfer-Encoding:\n chunked")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5")]
    [InlineData("Content-Length: 0, 5")]
    [InlineData("Content-Length: -5")]
    [InlineData("Content-Length: 5\r\nUpgrade: websocket\r\nConnection: Upgrade")]
    public async Task FramingInDoubt_Is400_AndTheConnectionGoes(string framing)
    {
        _edge.Upstream.Clear();
        var exchange = await _edge.SendAsync(
            $"POST /a HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n0\r\n\r\n{Smuggled}",
            expected: 2
        );
        Assert.Equal([400], exchange.Responses.Select(r => r.Status));
        Assert.True(exchange.Closed);
        Assert.Empty(_edge.Upstream.Requests);
    }

    [Fact]
    public async Task TransferEncodingOfHttp10_Is400()
    {
        var exchange = await _edge.SendAsync("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        Assert.Equal(400, exchange.Status);
        Assert.Equal("Transfer-Encoding is not of this version of HTTP", exchange.Responses[0].Body);
    }

    [Theory]
    [InlineData("Host: localhost\r\nhost: evil.example")]
    [InlineData("Host: a@localhost")]
    [InlineData("Host: localhost evil.example")]
    [InlineData("Accept: */*")]
    [InlineData("Host: localhost\r\nAuthorization: Bearer a\r\nauthorization: Bearer b")]
    [InlineData("Host: localhost\r\nAuthorization: Bearer \u0085a\u0085")]
    [InlineData("Host: localhost\r\nAuthorization: Bearer a\u00a0")]
    [InlineData("Host: localhost\r\nExpect: 100-continue, evil")]
    [InlineData("Host: localhost\r\nExpect: evil")]
    public async Task HeadersThatSayTwoThings_Are400(string headers) =>
        await RefusesAsync($"GET /a HTTP/1.1\r\n{headers}\r\n\r\n", 400);

    [Theory]
    [InlineData("A: b\nC: d")]
    [InlineData("A: x\rX-Gateway-Key-Id: attacker")]
    [InlineData("A\0B: x")]
    [InlineData("A: b\0")]
    [InlineData("A: b\u0001c")]
    [InlineData("A: b\u000bc")]
    [InlineData("A: b\u007f")]
    [InlineData(":")]
    [InlineData("A B: x")]
    [InlineData("A\t: x")]
    [InlineData("A: b\r\n\tc")]
    [InlineData("foo\u0002: x")]
    [InlineData("foo\u0085: x")]
    [InlineData("</kie>: x")]
    [InlineData("X@y: 1")]
    [InlineData("X(y): 1")]
    public async Task NamesAndValuesThatAreNotText_Are400(string header) =>
        await RefusesAsync($"GET /a HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n", 400);

    [Fact]
    public async Task OddButLegalHeaders_ArriveAsTheyWereSent()
    {
        _edge.Upstream.Clear();
        var headers = "X_Odd.!#$%&'*+^`|~: tab\there\r\nX-Bytes: caf\u00c3\u00a9 \u00e9\u0085\u00ff\r\nX-Empty:\r\n";
        Assert.Equal(200, (await _edge.GetAsync("/a", headers + "X-Twice: 1\r\nX-Twice: 2\r\n")).Status);
        var request = _edge.Upstream.Single;
        Assert.Equal("tab\there", request.Value("X_Odd.!#$%&'*+^`|~"));
        Assert.Equal("caf\u00c3\u00a9 \u00e9\u0085\u00ff", request.Value("X-Bytes"));
        Assert.Equal("", request.Value("X-Empty"));
        Assert.Equal("1, 2", string.Join(", ", request.Values("X-Twice")));
    }

    [Fact]
    public async Task BytesBeyondAscii_InAResponse_ArriveAsTheyWereSent()
    {
        await using var own = await EdgeHost.StartAsync();
        own.Upstream.Answer = (_, client) =>
            RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok("ok", "X-Bytes: \u00e9\u00c3\u00a9\r\n"));
        var exchange = await own.GetAsync("/a");
        Assert.Equal("\u00e9\u00c3\u00a9", exchange.Responses[0].Header("X-Bytes"));
    }

    [Fact]
    public async Task LineFeedsAlone_AreNotLineEnds() =>
        await RefusesAsync("GET /a HTTP/1.1\nHost: localhost\n\n", 400);

    [Fact]
    public async Task MoreHeadersThanTheLimit_AreRefused()
    {
        var headers = string.Concat(Enumerable.Range(0, 130).Select(i => $"X-{i}: a\r\n"));
        await RefusesAsync($"GET /a HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n", 431);
    }

    [Fact]
    public async Task ADeclaredBodyOverTheLimit_Is413_BeforeAnyOfItIsRead()
    {
        await using var small = await EdgeHost.StartAsync(maxBody: 10);
        var exchange = await small.SendAsync(
            "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n",
            expected: 2
        );
        Assert.Equal(413, exchange.Status);
        Assert.True(exchange.Closed);
        Assert.Empty(small.Upstream.Requests);
    }

    private async Task RefusesAsync(string bytes, int status)
    {
        _edge.Upstream.Clear();
        Assert.Equal(status, (await _edge.SendAsync(bytes)).Status);
        Assert.Empty(_edge.Upstream.Requests);
    }
}
