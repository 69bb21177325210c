using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

/// <summary>What the gateway speaks with upstreams, whom it believes and whom it says it is.</summary>
public sealed class UpstreamTlsTests : IAsyncLifetime
{
    private const string Http2 = """, "HttpRequest": { "Version": "2", "VersionPolicy": "RequestVersionExact" }""";

    private const string Expired = "Clusters:up:Metadata: the client certificate expired at";

    private readonly TestCertificates _certificates = new();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task UpstreamThatSpeaksHttp2Alone_IsSpokenTo_WithoutTls()
    {
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http2);
        await using var gateway = await StartAsync(upstream, Http2);

        Assert.Equal("HTTP/2", await GetAsync(gateway));
    }

    [Fact]
    public async Task UpstreamWithTls_GetsHttp2_WhenItOffersIt()
    {
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1AndHttp2, Certificate());
        await using var gateway = await StartAsync(upstream, Metadata(Authority));

        Assert.Equal("HTTP/2", await GetAsync(gateway));
    }

    [Fact]
    public async Task UpstreamNobodyVouchesFor_IsNotSpokenTo()
    {
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1, Certificate());
        await using var gateway = await StartAsync(upstream);

        Assert.Equal("502 UPSTREAM_UNAVAILABLE", await GetAsync(gateway));
        Assert.Empty(upstream.Connections);
    }

    [Fact]
    public async Task UpstreamOfAnotherAuthority_IsNotSpokenTo()
    {
        using var other = new TestCertificates("Another");
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1, other.Issue("localhost"));
        await using var gateway = await StartAsync(upstream, Metadata(Authority));

        Assert.Equal("502 UPSTREAM_UNAVAILABLE", await GetAsync(gateway));
    }

    [Fact]
    public async Task UpstreamOfAnotherName_IsNotSpokenTo_ThoughItsAuthorityIsBelieved()
    {
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1, Certificate(), at: "127.0.0.2");
        // It is certified for localhost and 127.0.0.1.
        await using var gateway = await StartAsync(upstream, Metadata(Authority));

        Assert.Equal("502 UPSTREAM_UNAVAILABLE", await GetAsync(gateway));
    }

    [Fact]
    public async Task UpstreamThatAsksForACertificate_IsShownTheClusters_AndTheNewOneOnceItIsReplaced()
    {
        var (certificate, key) = _certificates.Issue("gateway");
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1, Certificate(), true);
        await using var gateway = await StartAsync(
            upstream,
            Metadata(Authority, ("ClientCertificate", certificate), ("ClientCertificateKey", key))
        );
        Assert.Equal("HTTP/1.1 CN=gateway", await GetAsync(gateway));
        var metrics = (await gateway.OpsAsync("/metrics")).Text;
        Assert.Contains(
            "gateway_certificate_expiry_seconds{kind=\"cluster\",name=\"up\"} 25",
            metrics,
            StringComparison.Ordinal
        );

        var (next, nextKey) = _certificates.Issue("gateway-2");
        File.Copy(next, certificate, overwrite: true);
        await LookTwiceAsync(gateway);
        // The key has not come yet, so the last good one stays.
        Assert.Equal("HTTP/1.1 CN=gateway", await GetAsync(gateway));
        File.Copy(nextKey, key, overwrite: true);
        await Eventually.TrueAsync(async () => await GetAsync(gateway) == "HTTP/1.1 CN=gateway-2");
        Assert.Null(gateway.Services.GetRequiredService<RoutesFile>().LastError);
    }

    [Fact]
    public async Task ClientCertificateThatIsOutOfDate_ReplacesNoGoodOne()
    {
        var (certificate, key) = _certificates.Issue("gateway");
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1, Certificate(), true);
        await using var gateway = await StartAsync(
            upstream,
            Metadata(Authority, ("ClientCertificate", certificate), ("ClientCertificateKey", key))
        );
        var routes = gateway.Services.GetRequiredService<RoutesFile>();

        await PutAsync(_certificates.Issue("gateway-old", days: 0));
        // Certificate and key do not belong together for the moment in which one of them is there.
        await Eventually.TrueAsync(() => routes.LastError?.Contains(Expired, StringComparison.Ordinal) is true);
        Assert.Equal("HTTP/1.1 CN=gateway", await GetAsync(gateway));

        await PutAsync(_certificates.Issue("gateway-2"));
        await Eventually.TrueAsync(async () => await GetAsync(gateway) == "HTTP/1.1 CN=gateway-2");
        Assert.Null(routes.LastError);

        async Task PutAsync((string Certificate, string Key) issued)
        {
            File.Copy(issued.Key, key, overwrite: true);
            File.Copy(issued.Certificate, certificate, overwrite: true);
            await LookTwiceAsync(gateway);
        }
    }

    [Fact]
    public async Task ClientCertificateThatIsOutOfDate_IsTaken_OnceTheOneInForceIsToo()
    {
        var (certificate, key) = _certificates.Issue("gateway", days: 1);
        var metadata = Metadata(("ClientCertificate", certificate), ("ClientCertificateKey", key));
        var cluster = """{"up": {"Destinations": {"d": {"Address": "https://a"}}""" + metadata + "}}";
        var route = """{"r": {"ClusterId": "up", "Match": {"Path": "/"}, "Metadata": {"Access": "key"}}}""";
        var file = certificate + ".json";
        await File.WriteAllTextAsync(file, RoutesText.File(route, cluster));
        using var services = RoutesText.Services();
        var clock = new ManualClock();
        using var routes = new RoutesFile(
            file,
            services.GetRequiredService<RoutesChecker>(),
            clock,
            NullLogger<RoutesFile>.Instance
        );
        routes.Load();

        var old = _certificates.Issue("gateway-old", days: 0);
        File.Copy(old.Key, key, overwrite: true);
        File.Copy(old.Certificate, certificate, overwrite: true);
        await LookTwiceAsync(routes);
        Assert.Contains(Expired, routes.LastError, StringComparison.Ordinal);
        await LookTwiceAsync(routes);
        Assert.Equal(1, routes.ReloadFailures);

        clock.Set(clock.Now.AddDays(1));
        await routes.LookAsync();
        Assert.Null(routes.LastError);
        Assert.Equal(1, routes.Reloads);
    }

    [Fact]
    public async Task UpstreamThatAsksForACertificate_IsUnavailable_ToAClusterWithoutOne()
    {
        await using var upstream = await TlsUpstream.StartAsync(HttpProtocols.Http1, Certificate(), true);
        await using var gateway = await StartAsync(upstream, Metadata(Authority));

        Assert.Equal("502 UPSTREAM_UNAVAILABLE", await GetAsync(gateway));
    }

    [Theory]
    [InlineData("Clusters:c:Metadata:ClientCertficate: unknown", """{"ClientCertficate": "/a"}""")]
    [InlineData("stated together or not at all", """{"ClientCertificate": "/a"}""")]
    [InlineData("is not a whole path", """{"CertificateAuthority": "a.pem"}""")]
    [InlineData("CertificateAuthority: cannot be used", """{"CertificateAuthority": "/nowhere/a.pem"}""")]
    public void ClusterThatCannotBeMeant_IsAProblem(string said, string metadata)
    {
        var cluster = """{"c": {"Destinations": {"d": {"Address": "https://a"}}, "Metadata": """ + metadata + "}}";

        var checkedRoutes = RoutesText.Check(
            RoutesText.File(
                """{"r": {"ClusterId": "c", "Match": {"Path": "/"}, "Metadata": {"Access": "key"}}}""",
                cluster
            )
        );

        Assert.Contains(checkedRoutes.Problems, p => p.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void ClientCertificateThatIsOutOfDate_IsAWarning_SinceTheOtherClustersAreNotConcerned()
    {
        var (certificate, key) = _certificates.Issue("gateway", days: 0);
        var metadata = Metadata(("ClientCertificate", certificate), ("ClientCertificateKey", key));
        var cluster = """{"c": {"Destinations": {"d": {"Address": "https://a"}}""" + metadata + "}}";

        var routes = """{"r": {"ClusterId": "c", "Match": {"Path": "/"}, "Metadata": {"Access": "key"}}}""";
        var checkedRoutes = RoutesText.Check(RoutesText.File(routes, cluster));

        Assert.Empty(checkedRoutes.Problems);
        Assert.Contains(
            checkedRoutes.Warnings,
            w => w.StartsWith("Clusters:c:Metadata:ClientCertificate: expired at", StringComparison.Ordinal)
        );
    }

    private (string Name, string File) Authority => ("CertificateAuthority", _certificates.Authority);

    private (string Certificate, string Key) Certificate() => _certificates.Issue("localhost");

    private static string Metadata(params (string Name, string File)[] files) =>
        $", \"Metadata\": {{ {string.Join(", ", files.Select(f => $"\"{f.Name}\": \"{f.File}\""))} }}";

    private Task<TestGateway> StartAsync(TlsUpstream upstream, string cluster = "") =>
        TestGateway.StartAsync(_store.Options, upstream.Routes(cluster));

    private static Task LookTwiceAsync(TestGateway gateway) =>
        LookTwiceAsync(gateway.Services.GetRequiredService<RoutesFile>());

    private static async Task LookTwiceAsync(RoutesFile routes)
    {
        await routes.LookAsync();
        await routes.LookAsync();
    }

    private static async Task<string> GetAsync(TestGateway gateway)
    {
        using var response = await gateway.GetAsync("/public/x");
        return response.StatusCode == HttpStatusCode.OK
            ? await response.Content.ReadAsStringAsync()
            : $"{(int)response.StatusCode} {await ProblemCode.OfAsync(response)}";
    }
}
