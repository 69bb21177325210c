using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Gateway.Keys;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

/// <summary>Who a request comes from at a listener that takes the PROXY protocol, and at those that do not.</summary>
public sealed class ProxyProtocolTests : IAsyncLifetime
{
    private const string Request = "GET /public/x HTTP/1.1\r\nHost: a\r\n";
    private const string Header = "PROXY TCP4 198.51.100.7 192.0.2.2 56324 443\r\n";

    private readonly TestCertificates _certificates = new();
    private TestStore _store = null!;
    private RecordingUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _upstream = new RecordingUpstream();
    }

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task AddressInTheHeader_IsTheClient_ForTheWholeConnection()
    {
        await using var gateway = await StartAsync();

        Assert.Equal(200, (await SendAsync(gateway, Header + Request + "\r\n")).Status);
        Assert.Equal("198.51.100.7", _upstream.Single.Value("X-Forwarded-For"));

        var binary = Encoding.Latin1.GetString(
            ProxyHeaderTests.Binary(0x21, 0x11, [198, 51, 100, 8, 192, 0, 2, 2, 0, 1, 0, 2])
        );
        var both = await RawHttp.SendAsync(Proxied(gateway), binary + Request + "\r\n" + Request + "\r\n", 2);
        Assert.Equal([200, 200], both.Responses.Select(r => r.Status));
        Assert.All(_upstream.Requests.Skip(1), r => Assert.Equal("198.51.100.8", r.Value("X-Forwarded-For")));
    }

    [Fact]
    public async Task HeaderThatComesByteByByte_IsRead()
    {
        await using var gateway = await StartAsync();
        using var client = new TcpClient { NoDelay = true };
        var address = new Uri(Proxied(gateway));
        await client.ConnectAsync(address.Host, address.Port);
        foreach (var one in Encoding.Latin1.GetBytes(Header + Request + "Connection: close\r\n\r\n"))
        {
            await client.GetStream().WriteAsync(new[] { one });
            await Task.Yield();
        }

        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal("198.51.100.7", _upstream.Single.Value("X-Forwarded-For"));
    }

    [Theory]
    [InlineData(Request + "\r\n")]
    [InlineData("PROXY TCP4 010.0.0.1 192.0.2.2 1 2\r\n" + Request + "\r\n")]
    [InlineData("\0\u0001garbage\r\n\r\n")]
    public async Task ConnectionWithoutAHeader_IsClosed_WithoutAnAnswer(string bytes)
    {
        await using var gateway = await StartAsync();

        var exchange = await SendAsync(gateway, bytes);

        Assert.Equal((0, true), (exchange.Status, exchange.Closed));
        Assert.Empty(_upstream.Requests);
        Assert.Contains(
            "gateway_proxy_protocol_refused_total{reason=\"malformed\"} 1",
            (await gateway.OpsAsync("/metrics")).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task UntrustedPeer_IsRefused_EvenWithAGoodHeader()
    {
        await using var gateway = await StartAsync(peers: "10.0.0.0/8");

        var exchange = await SendAsync(gateway, Header + Request + "\r\n");

        Assert.Equal((0, true), (exchange.Status, exchange.Closed));
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task ListenerThatIsNotToldTo_NeverBelievesAHeader()
    {
        await using var gateway = await StartAsync();

        Assert.Equal(400, (await RawHttp.SendAsync(gateway.Url, Header + Request + "\r\n")).Status);
        Assert.Equal(200, (await RawHttp.SendAsync(gateway.Url, Request + "\r\n")).Status);
        Assert.Equal("127.0.0.1", _upstream.Single.Value("X-Forwarded-For"));
    }

    [Fact]
    public async Task ForwardedHeaders_AreBelievedOfTheClientInTheHeader_NotOfThePeer()
    {
        await using var gateway = await StartAsync(("Gateway:TrustedProxies:0", "198.51.100.0/24"));
        const string claim = "X-Forwarded-For: 203.0.113.9\r\n\r\n";

        await SendAsync(gateway, Header + Request + claim);
        await SendAsync(gateway, Header.Replace("198.51.100.7", "203.0.113.1") + Request + claim);

        Assert.Equal(["203.0.113.9", "203.0.113.1"], _upstream.Requests.Select(r => r.Value("X-Forwarded-For")));
    }

    [Fact]
    public async Task ProxyThatSpeaksForItself_IsTheClient()
    {
        await using var gateway = await StartAsync();

        await SendAsync(gateway, "PROXY UNKNOWN\r\n" + Request + "\r\n");

        Assert.Equal("127.0.0.1", _upstream.Single.Value("X-Forwarded-For"));
    }

    [Fact]
    public async Task Header_ComesBeforeTls()
    {
        var (certificate, key) = _certificates.Issue("localhost");
        await using var gateway = await StartAsync(
            ("Kestrel:Endpoints:Proxied:Url", "https://127.0.0.1:0"),
            ("Kestrel:Endpoints:Proxied:Certificate:Path", certificate),
            ("Kestrel:Endpoints:Proxied:Certificate:KeyPath", key)
        );
        var address = new Uri(Proxied(gateway));
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(Header));
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(_certificates.Trusting("localhost"));

        await tls.WriteAsync(Encoding.Latin1.GetBytes(Request + "Connection: close\r\n\r\n"));

        using var reader = new StreamReader(tls);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal("198.51.100.7", _upstream.Single.Value("X-Forwarded-For"));
        Assert.Equal("https", _upstream.Single.Value("X-Forwarded-Proto"));
    }

    [Fact]
    public async Task HeaderThatDoesNotCome_EndsTheConnection()
    {
        var protocol = new ProxyProtocol(
            IpRanges.Parse(["127.0.0.1"], []),
            new HurriedClock(),
            NullLogger<ProxyProtocol>.Instance
        );
        var pipes = new Pipe();
        await using var connection = new DefaultConnectionContext("c")
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1),
            Transport = new OneWay(pipes.Reader),
        };
        await pipes.Writer.WriteAsync("PROXY TCP4"u8.ToArray());

        await protocol.Wrap(_ => throw new InvalidOperationException("It went on."))(connection);

        Assert.Equal([0L, 0, 1, 0], protocol.Refused().Select(m => m.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HangUp_IsNoTimeout(bool isAborted)
    {
        var protocol = new ProxyProtocol(
            IpRanges.Parse(["127.0.0.1"], []),
            TimeProvider.System,
            NullLogger<ProxyProtocol>.Instance
        );
        var pipes = new Pipe();
        using var closed = new CancellationTokenSource();
        await using var connection = new DefaultConnectionContext("c")
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1),
            Transport = new OneWay(pipes.Reader),
            ConnectionClosed = closed.Token,
        };
        if (isAborted)
            await closed.CancelAsync();
        else
            await pipes.Writer.CompleteAsync();

        await protocol.Wrap(_ => throw new InvalidOperationException("It went on."))(connection);

        Assert.Equal([0L, 0, 0, 1], protocol.Refused().Select(m => m.Value));
    }

    [Theory]
    [InlineData("nobody is trusted", "Gateway:ProxyProtocol:Endpoints:0=Http")]
    [InlineData("'Other' is not one", "Gateway:ProxyProtocol:Endpoints:0=Other", "Gateway:TrustedProxies:0=10.0.0.0/8")]
    [InlineData("10.0.0.1/8", "Gateway:ProxyProtocol:TrustedPeers:0=10.0.0.1/8")]
    public void SettingsThatCannotBeMeant_AreRefused(string said, params string[] settings)
    {
        var e = Assert.Throws<SettingsException>(() => GatewayApp.Build([.. settings.Select(s => "--" + s)]));

        Assert.Contains(said, e.Message, StringComparison.Ordinal);
    }

    private static Task<RawExchange> SendAsync(TestGateway gateway, string bytes) =>
        RawHttp.SendAsync(Proxied(gateway), bytes, watchClose: true);

    private static string Proxied(TestGateway gateway) =>
        gateway.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Last();

    private Task<TestGateway> StartAsync(params (string Name, string Value)[] settings) =>
        StartAsync("127.0.0.1", settings);

    private Task<TestGateway> StartAsync(string peers, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Proxied:Url"] = "http://127.0.0.1:0",
            ["Gateway:ProxyProtocol:Endpoints:0"] = "Proxied",
            ["Gateway:ProxyProtocol:TrustedPeers:0"] = peers,
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), all);
    }

    /// <summary>Whose timers do not wait.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(20), period);
    }

    private sealed class OneWay(PipeReader input) : IDuplexPipe
    {
        public PipeReader Input => input;
        public PipeWriter Output => throw new NotSupportedException();
    }
}
