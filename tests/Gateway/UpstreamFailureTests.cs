using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>What a caller gets when the upstream fails, or either side breaks off in the middle, or sends too much.</summary>
public sealed class UpstreamFailureTests : IAsyncLifetime
{
    private const int MaxBody = 10_000;

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;
    private string _secret = "";

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        (_, _secret) = await _store.IssueKeyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task UpstreamThatIsDown_Is502_WithABody()
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var address = $"http://{nobody.LocalEndpoint}";
        nobody.Stop();
        await using var gateway = await StartAsync(address);

        using var response = await gateway.GetAsync("/v1/read/x", _secret);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("UPSTREAM_UNAVAILABLE", await ProblemCode.OfAsync(response));
        Assert.Equal(
            "gateway; error=destination_unavailable; details=\"UPSTREAM_UNAVAILABLE\"",
            response.Headers.GetValues("Proxy-Status").Single()
        );
        Assert.DoesNotContain(address, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpstreamThatDoesNotAnswer_Is504_WithABody()
    {
        var answer = new TaskCompletionSource();
        _upstream.Answer = (_, _) => answer.Task;
        var routes = RoutesText.File(
            """{"read": {"ClusterId": "c", "Match": {"Path": "/v1/read/{**rest}"}, "Metadata": {"Access": "key"} } }""",
            $$"""
            {"c": {"HttpRequest": {"ActivityTimeout": "00:00:00.3"}, "Destinations": {"d": {"Address": "{{_upstream.Address}}"} } } }
            """
        );
        await using var gateway = await TestGateway.StartAsync(_store.Options, routes);

        using var response = await gateway.GetAsync("/v1/read/x", _secret);
        answer.SetResult();

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("UPSTREAM_TIMEOUT", await ProblemCode.OfAsync(response));
    }

    [Fact]
    public async Task UpstreamsOwnRefusal_IsPassedOn_AndCanBeToldFromOurs()
    {
        _upstream.Answer = (_, client) =>
            RecordingUpstream.WriteAsync(client, "401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
        await using var gateway = await StartAsync(_upstream.Address);

        using var response = await gateway.GetAsync("/v1/read/x", _secret);

        Assert.Equal((HttpStatusCode.Unauthorized, "no"), (response.StatusCode, await BodyAsync(response)));
        Assert.False(response.Headers.Contains("Proxy-Status"));
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsNotPassedOnAsWhole()
    {
        _upstream.Answer = async (_, client) =>
        {
            await RecordingUpstream.WriteAsync(client, "200 OK\r\nContent-Length: 100\r\n\r\nten bytes.");
            throw new IOException("broken off");
        };
        await using var gateway = await StartAsync(_upstream.Address);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.GetAsync("/v1/read/x", _secret));
        await StillServesAsync(gateway);
    }

    [Fact]
    public async Task RequestThatBreaksOff_IsNotPassedOnAsWhole()
    {
        await using var gateway = await StartAsync(_upstream.Address);
        var root = new Uri(gateway.Url);
        using (var client = new TcpClient(root.Host, root.Port))
        {
            await client
                .GetStream()
                .WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"POST /v1/posted/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {_secret}\r\n"
                            + "Content-Length: 1000\r\n\r\nten bytes."
                    )
                );
            client.Client.Close(timeout: 0);
        }

        await StillServesAsync(gateway);
        Assert.All(_upstream.Requests, r => Assert.Equal("GET", r.Method));
        Assert.DoesNotContain("Unhandled", gateway.Log.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task CallerWhoHangsUp_WhileItsKeyIsLookedUp_LeavesNothingBehind()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var gateway = await TestGateway.StartAsync(options, TestRoutes.For(_upstream));
        var (_, secret) = await store.IssueKeyAsync();
        relay.Delay = TimeSpan.FromMilliseconds(300);
        using (var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(150)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/read/x");
            request.Headers.Authorization = new("Bearer", secret);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                gateway.Client.SendAsync(request, patience.Token)
            );
        }
        relay.Restore();

        await Eventually.TrueAsync(async () =>
            (await gateway.TryAsync("/v1/read/x", secret)).Status == HttpStatusCode.OK
        );
        Assert.All(_upstream.Requests, r => Assert.Equal("GET", r.Method));
        Assert.DoesNotContain("Exception", gateway.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeclaredBodyOverTheLimit_Is413_BeforeAnyOfItIsRead()
    {
        await using var gateway = await StartAsync(_upstream.Address);
        using var content = new ByteArrayContent(new byte[MaxBody + 1]);

        using var response = await gateway.SendAsync(HttpMethod.Post, "/v1/posted/x", _secret, content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("PAYLOAD_TOO_LARGE", await ProblemCode.OfAsync(response));
        Assert.Empty(_upstream.Requests);
        using var largest = new ByteArrayContent(new byte[MaxBody]);
        using var taken = await gateway.SendAsync(HttpMethod.Post, "/v1/posted/x", _secret, largest);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(MaxBody, _upstream.Single.Body.Length);
    }

    [Fact]
    public async Task ChunkedBodyOverTheLimit_Is413_AndIsNotPassedOnAsWhole()
    {
        await using var gateway = await StartAsync(_upstream.Address);
        var chunk = $"{1000:x}\r\n{new string('a', 1000)}\r\n";

        var exchange = await RawHttp.SendAsync(
            gateway.Url,
            $"POST /v1/posted/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {_secret}\r\n"
                + $"Transfer-Encoding: chunked\r\n\r\n{string.Concat(Enumerable.Repeat(chunk, 12))}0\r\n\r\n",
            watchClose: true
        );

        Assert.Equal((413, true), (exchange.Status, exchange.Closed));
        Assert.Contains("PAYLOAD_TOO_LARGE", exchange.Responses[0].Body, StringComparison.Ordinal);
        Assert.Empty(_upstream.Requests);
        await StillServesAsync(gateway);
    }

    private Task<TestGateway> StartAsync(string upstream) =>
        TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(upstream),
            new() { ["Gateway:MaxRequestBodyBytes"] = $"{MaxBody}" }
        );

    private async Task StillServesAsync(TestGateway gateway)
    {
        _upstream.Answer = (_, client) => RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok("ok"));
        Assert.Equal((HttpStatusCode.OK, ""), await gateway.TryAsync("/v1/read/x", _secret));
    }

    private static Task<string> BodyAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync();
}
