using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gateway.Tests;

/// <summary>The servers run with the limits that were set for them, none with one that only happens to be the default.</summary>
public sealed class ServerLimitsTests
{
    [Fact]
    public async Task TheGateway_TellsItsHttp2Limits_AndBoundsItsConnections()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            new() { ["Kestrel:Endpoints:Http:Protocols"] = "Http2" }
        );

        var settings = await Http2SettingsAsync(gateway.Url);
        Assert.Equal(100U, settings[3]); // streams
        Assert.Equal(768U * 1024, settings[4]); // window of a stream
        Assert.Equal(32U * 1024, settings[6]); // fields of a request
        var limits = gateway.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Assert.Equal(KestrelSetup.ConnectionsIn(memory), limits.MaxConcurrentConnections);
        Assert.Equal(256 * 1024, limits.MaxRequestBufferSize);
        Assert.Equal(64 * 1024, limits.MaxResponseBufferSize);
        Assert.Equal(TimeSpan.FromSeconds(15), limits.RequestHeadersTimeout);
        Assert.Equal(
            (240, 1024),
            (limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinResponseDataRate!.BytesPerSecond)
        );
    }

    [Theory]
    [InlineData(384, 3_072)]
    [InlineData(64 * 1024, 20_000)]
    public void ConnectionsAreAsMany_AsThereIsMemoryForThem(long mebibytes, long connections) =>
        Assert.Equal(connections, KestrelSetup.ConnectionsIn(mebibytes << 20));

    [Fact]
    public async Task TheAdminApi_BoundsWhatARequestCosts()
    {
        await using var admin = await TestAdmin.StartAsync();
        var limits = admin.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal(2_000, limits.MaxConcurrentConnections);
        Assert.Equal(64 * 1024, limits.MaxRequestBodySize);
        Assert.Equal(128 * 1024, limits.MaxRequestBufferSize);
        Assert.Equal(100, limits.Http2.MaxStreamsPerConnection);
        Assert.Equal(431, (await RawHttp.SendAsync(admin.Url, Request(33_000))).Status);
        Assert.Equal(401, (await RawHttp.SendAsync(admin.Url, Request(100))).Status);

        static string Request(int length) =>
            $"GET /v1/api-keys HTTP/1.1\r\nHost: a\r\nX-A: {new string('a', length)}\r\n\r\n";
    }

    // RFC 9113 section 6.5: what the server tells first, numbers by their identifiers.
    private static async Task<Dictionary<int, uint>> Http2SettingsAsync(string address)
    {
        using var client = new TcpClient();
        var root = new Uri(address);
        await client.ConnectAsync(root.Host, root.Port);
        await client.GetStream().WriteAsync(Http2Frames.Preface);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var frame = await Http2Frames.ReadAsync(client.GetStream(), patience.Token);
        Assert.Equal(Http2Frames.Settings, frame.Type);
        return frame
            .Payload.Chunk(6)
            .ToDictionary(
                s => System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(s),
                s => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(s.AsSpan(2))
            )
            .ToDictionary(s => (int)s.Key, s => s.Value);
    }
}
