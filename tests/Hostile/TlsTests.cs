using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gateway.Tests;

/// <summary>What is agreed on with TLS is what is spoken, and nothing is reached on the way to it.</summary>
[Collection(HostileCollection.Name)]
public sealed class TlsTests(AttackStand stand) : IAsyncLifetime
{
    private static readonly SslApplicationProtocol[] Nothing = [];

    private readonly IPEndPoint _tls = new(IPAddress.Loopback, RunningProcess.FreePort());
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private AttackLane _lane = null!;

    public async ValueTask InitializeAsync()
    {
        var file = Path.Combine(_folder, "certificate.pfx");
        await File.WriteAllBytesAsync(file, Certificate());
        _lane = await AttackLane.StartAsync(
            stand.Keys,
            new()
            {
                ["Kestrel:Endpoints:Tls:Url"] = $"https://{_tls}",
                ["Kestrel:Endpoints:Tls:Certificate:Path"] = file,
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _lane.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task WithoutAnAgreement_OrWithOneOnIt_Http11IsSpoken()
    {
        foreach (var offered in new[] { Nothing, [SslApplicationProtocol.Http11] })
        {
            await using var stream = await HandshakeAsync(offered);
            await stream.WriteAsync(
                "GET /public/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray()
            );
            Assert.StartsWith("HTTP/1.1 200", await ReadAsync(stream), StringComparison.Ordinal);
            Count(through: 1);
        }

        // The upstream is told that the client came by TLS.
        Assert.All(_lane.Upstream.Requests, r => Assert.Equal("https", r.Value("X-Forwarded-Proto")));
    }

    [Fact]
    public async Task Http2_IsSpoken_WhenItIsAgreedOn()
    {
        await using var stream = await HandshakeAsync([SslApplicationProtocol.Http2]);
        await stream.WriteAsync(RawHttp2.Request(Fields("https", "/public/x"), null, null));
        Assert.Equal(200, await StatusAsync(stream));
        Count(through: 1);
    }

    [Fact]
    public async Task AProtocolNobodyKnows_IsNotAgreedOn()
    {
        foreach (var name in new[] { "h3", "spdy/3.1", "ftp", "http/0.9", "HTTP/1.1", "h2c" })
        {
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await using var stream = await HandshakeAsync([new SslApplicationProtocol(name)]);
                // With TLS 1.3 a client learns of it when it reads.
                await stream.ReadExactlyAsync(new byte[1]);
            });
            Count(refused: 1);
        }
    }

    [Fact]
    public async Task AnotherProtocolThanTheOneAgreedOn_IsRefused()
    {
        await using (var stream = await HandshakeAsync([SslApplicationProtocol.Http11]))
        {
            await stream.WriteAsync(RawHttp2.Request(Fields("https", "/public/x"), null, null));
            Assert.DoesNotContain("200", await ReadAsync(stream));
        }

        await using (var stream = await HandshakeAsync([SslApplicationProtocol.Http2]))
        {
            await stream.WriteAsync("GET /public/x HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            Assert.DoesNotContain("HTTP/1.1", await ReadAsync(stream));
        }

        await NothingArrivedAsync(2);
    }

    [Theory]
    [InlineData("http", "/public/x")] // a scheme that is not that of the connection
    [InlineData("ftp", "/public/x")]
    [InlineData("https", "/v1/admin/secret")]
    [InlineData("https", "/public/..%2fv1/admin/secret")]
    public async Task OverTls_TheSameRulesHold(string scheme, string path)
    {
        await using (var stream = await HandshakeAsync([SslApplicationProtocol.Http2]))
        {
            await stream.WriteAsync(RawHttp2.Request(Fields(scheme, path), null, null));
            Assert.True(await StatusAsync(stream) is 0 or 400 or 401);
        }

        await NothingArrivedAsync(1);
    }

    [Fact]
    public async Task ANameOfTheHandshake_OpensNoOtherDoor()
    {
        foreach (var name in new[] { "admin.internal", "public.example", "localhost" })
        {
            await using var stream = await HandshakeAsync([SslApplicationProtocol.Http11], name);
            await stream.WriteAsync(
                "GET /v1/admin/secret HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"u8.ToArray()
            );
            Assert.StartsWith("HTTP/1.1 401", await ReadAsync(stream), StringComparison.Ordinal);
        }

        await NothingArrivedAsync(3);
    }

    [Theory]
    [InlineData("GET /public/x HTTP/1.1\r\nHost: localhost\r\n\r\n")] // no handshake at all
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0003")] // one that is cut short
    [InlineData("\u0016\u0003\u0001\u00ff\u00ff")] // one that is longer than a record may be
    [InlineData("\u0080\u002e\u0001\u0000\u0002")] // SSL 2
    [InlineData("\u0015\u0003\u0003\u0000\u0002\u0002\u0028")] // an alert
    [InlineData("\u0017\u0003\u0003\u0000\u0004ABCD")] // data before any handshake
    public async Task WhatIsNoHandshake_ReachesNothing(string bytes)
    {
        var answer = await AttackWire.SendAsync(_tls, Encoding.Latin1.GetBytes(bytes), isDue: false, untilClose: false);
        Assert.Equal("close", answer.Status);
        await NothingArrivedAsync(1);
    }

    [Fact]
    public async Task AHandshakeAtAnOpenPort_ReachesNothing()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_lane.Gateway.Http1);
        await using var stream = new SslStream(client.GetStream());
        await Assert.ThrowsAnyAsync<Exception>(() => stream.AuthenticateAsClientAsync("localhost"));
        await NothingArrivedAsync(1);
    }

    private static (string, string)[] Fields(string scheme, string path) =>
        [(":method", "GET"), (":scheme", scheme), (":authority", "localhost"), (":path", path)];

    private static byte[] Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.Export(X509ContentType.Pfx);
    }

    private static async Task<string> ReadAsync(SslStream stream)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<int> StatusAsync(SslStream stream)
    {
        try
        {
            while (true)
            {
                var frame = await Http2Frames.ReadAsync(stream, CancellationToken.None);
                if (frame.Type is Http2Frames.Headers)
                    return Http2Frames.StatusOf(frame.Payload);
                if (frame.Type is Http2Frames.Reset or Http2Frames.GoAway)
                    return 0;
            }
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static void Count(int refused = 0, int through = 0)
    {
        AttackReport.Add("TLS", "cases", refused + through);
        AttackReport.Add("TLS", "refused", refused);
        AttackReport.Add("TLS", "let through as expected", through);
        AttackReport.Add("TLS", "escalations", 0);
    }

    private async Task<SslStream> HandshakeAsync(SslApplicationProtocol[] protocols, string name = "localhost")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_tls);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                ApplicationProtocols = protocols.Length > 0 ? [.. protocols] : null,
                // It is the test's own, made a moment ago.
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            }
        );
        return stream;
    }

    private async Task NothingArrivedAsync(int cases)
    {
        await _lane.Gateway.DrainedAsync();
        Assert.Empty(_lane.Upstream.Begun);
        Count(refused: cases);
    }
}
