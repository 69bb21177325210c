using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Certificates of listeners, by the framework's own settings, replaced while they are shown.</summary>
public sealed class ServerCertificatesTests : IAsyncLifetime
{
    private const string Request = "GET /public/x HTTP/1.1\r\nHost: localhost\r\n\r\n";

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

    [Theory]
    [InlineData("Kestrel:Endpoints:Https:Certificate")]
    [InlineData("Kestrel:Certificates:Default")]
    public async Task FilesThatAreReplaced_AreShownFromTheNextHandshakeOn_AndConnectionsOfBeforeLiveOn(string section)
    {
        var (certificate, key) = _certificates.Issue("localhost", days: 10);
        await using var gateway = await StartAsync((section + ":Path", certificate), (section + ":KeyPath", key));
        await using var before = await ConnectAsync(gateway);
        Assert.Equal(10, DaysLeft(before));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(before), StringComparison.Ordinal);
        Assert.Contains(
            "gateway_certificate_expiry_seconds{kind=\"listener\",name=\"Https\"} 86",
            (await gateway.OpsAsync("/metrics")).Text,
            StringComparison.Ordinal
        );

        var (next, nextKey) = _certificates.Issue("localhost", days: 90);
        File.Copy(next, certificate, overwrite: true);
        File.Copy(nextKey, key, overwrite: true);
        await Eventually.TrueAsync(async () =>
        {
            await using var after = await ConnectAsync(gateway);
            return DaysLeft(after) == 90;
        });

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(before), StringComparison.Ordinal);
        Assert.Equal(10, DaysLeft(before));
    }

    [Fact]
    public async Task FilesThatCannotBeUsed_LeaveTheLastGoodOne_AndTheLogSaysSo()
    {
        var (certificate, key) = _certificates.Issue("localhost", days: 10);
        await using var gateway = await StartAsync(
            ("Kestrel:Endpoints:Https:Certificate:Path", certificate),
            ("Kestrel:Endpoints:Https:Certificate:KeyPath", key)
        );
        await File.WriteAllTextAsync(certificate, "-----BEGIN CERTIFICATE-----\nnone\n");

        await Eventually.TrueAsync(() => gateway.Log.Text.Contains("the last one stays", StringComparison.Ordinal));

        await using var connection = await ConnectAsync(gateway);
        Assert.Equal(10, DaysLeft(connection));
    }

    [Theory]
    [InlineData(0, true, "It expired at")]
    [InlineData(90, false, "do not belong together")]
    public async Task PairThatNobodyWouldTake_IsNotShown_AndEndsNothing(int days, bool withKey, string said)
    {
        var (certificate, key) = _certificates.Issue("localhost", days: 10);
        await using var gateway = await StartAsync(
            ("Kestrel:Endpoints:Https:Certificate:Path", certificate),
            ("Kestrel:Endpoints:Https:Certificate:KeyPath", key)
        );
        var (next, nextKey) = _certificates.Issue("localhost", days);
        File.Copy(next, certificate, overwrite: true);
        if (withKey)
            File.Copy(nextKey, key, overwrite: true);

        await Eventually.TrueAsync(() => gateway.Log.Text.Contains(said, StringComparison.Ordinal));
        await using var connection = await ConnectAsync(gateway);
        Assert.Equal(10, DaysLeft(connection));
    }

    [Fact]
    public async Task Pkcs12_IsTakenToo_WithItsPassword()
    {
        var (certificate, key) = _certificates.Issue("localhost", days: 20);
        var file = certificate + ".p12";
        using (var both = X509Certificate2.CreateFromPemFile(certificate, key))
            await File.WriteAllBytesAsync(file, both.Export(X509ContentType.Pkcs12, "secret"));
        await using var gateway = await StartAsync(
            ("Kestrel:Endpoints:Https:Certificate:Path", file),
            ("Kestrel:Endpoints:Https:Certificate:Password", "secret")
        );

        await using var connection = await ConnectAsync(gateway);

        Assert.Equal(20, DaysLeft(connection));
    }

    [Fact]
    public void ListenerThatCannotShowItsCertificate_StopsTheStart_AndIsNamed()
    {
        var (certificate, _) = _certificates.Issue("localhost");
        var (_, otherKey) = _certificates.Issue("localhost");
        string[] args =
        [
            "--Kestrel:Endpoints:A:Url=https://127.0.0.1:0",
            $"--Kestrel:Endpoints:A:Certificate:Path={certificate}",
            $"--Kestrel:Endpoints:A:Certificate:KeyPath={otherKey}",
            "--Kestrel:Endpoints:B:Url=https://127.0.0.1:0",
            "--Kestrel:Endpoints:B:Certificate:Path=/nowhere.p12",
        ];

        foreach (var build in new Action[] { () => GatewayApp.Build(args), () => Gateway.Admin.AdminApp.Build(args) })
        {
            var problems = Assert.Throws<Gateway.Keys.SettingsException>(build).Problems;
            Assert.Collection(
                problems,
                a => Assert.Matches("^Kestrel:Endpoints:A: .* do not belong together", a),
                b => Assert.Matches("^Kestrel:Endpoints:B: .*/nowhere.p12", b)
            );
        }
    }

    private Task<TestGateway> StartAsync(params (string Name, string Value)[] settings)
    {
        var all = settings.ToDictionary(s => s.Name, string? (s) => s.Value);
        all["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0";
        return TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), all);
    }

    private async Task<SslStream> ConnectAsync(TestGateway gateway)
    {
        var addresses = gateway
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses;
        var address = new Uri(addresses.Single(a => a.StartsWith("https:", StringComparison.Ordinal)));
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(_certificates.Trusting("localhost"));
        return tls;
    }

    private static async Task<string> AskAsync(SslStream connection)
    {
        await connection.WriteAsync(Encoding.Latin1.GetBytes(Request));
        var buffer = new byte[4096];
        return Encoding.Latin1.GetString(buffer, 0, await connection.ReadAsync(buffer));
    }

    private static int DaysLeft(SslStream connection) =>
        (int)
            Math.Round(
                (
                    ((X509Certificate2)connection.RemoteCertificate!).NotAfter.ToUniversalTime()
                    - TimeProvider.System.GetUtcNow().UtcDateTime
                ).TotalDays
            );
}
