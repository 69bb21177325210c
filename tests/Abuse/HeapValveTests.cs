extern alias DataPlane;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using HeapValve = DataPlane::Gateway.Listeners.HeapValve;

namespace Gateway.Tests;

/// <summary>While memory is short, what comes over HTTP/2 waits, and HTTP/1.1 does not.</summary>
public sealed class HeapValveTests : IAsyncLifetime
{
    private const long Most = 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RecordingUpstream _upstream = new();
    private readonly TestCertificates _certificates = new();
    private TestStore _store = null!;
    private long _used;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData("http://")]
    [InlineData("https://")]
    public async Task Http2Waits_UntilThereIsMemory_AndHttp11DoesNot(string listener)
    {
        var valve = new HeapValve(TimeProvider.System) { Most = Most, Used = () => Volatile.Read(ref _used) };
        await using var gateway = await StartAsync(valve);
        var http2 = AddressOf(gateway, listener);
        using var client = Client();
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(client, http2));

        Volatile.Write(ref _used, Most);
        var waiting = AskAsync(client, http2);
        await Eventually.TrueAsync(() => valve.Held > 0);
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.TryAsync("/nowhere")).Status);
        Assert.False(waiting.IsCompleted);

        Volatile.Write(ref _used, 0);
        Assert.Equal(HttpStatusCode.NotFound, await waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task WhoeverWaitedTooLong_IsHungUpOn()
    {
        var valve = new HeapValve(TimeProvider.System)
        {
            Most = Most,
            Used = () => Most,
            Patience = TimeSpan.Zero,
        };
        await using var gateway = await StartAsync(valve);
        using var client = Client();
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(client, AddressOf(gateway, "http://")));
        Assert.True(valve.HungUp > 0);
    }

    // In this order: HTTP/1.1, then HTTP/2 without and with TLS.
    private Task<TestGateway> StartAsync(HeapValve valve)
    {
        var (certificate, key) = _certificates.Issue("localhost");
        return TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            new()
            {
                ["Kestrel:Endpoints:Http2:Url"] = "http://127.0.0.1:0",
                ["Kestrel:Endpoints:Http2:Protocols"] = "Http2",
                ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
                ["Kestrel:Endpoints:Https:Certificate:Path"] = certificate,
                ["Kestrel:Endpoints:Https:Certificate:KeyPath"] = key,
            },
            configure: builder => builder.Services.AddSingleton(valve)
        );
    }

    private static string AddressOf(TestGateway gateway, string listener) =>
        gateway
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Last(a => a.StartsWith(listener, StringComparison.Ordinal));

    private static HttpClient Client() =>
        new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address + "/nowhere")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request).WaitAsync(Patience);
        return response.StatusCode;
    }
}
