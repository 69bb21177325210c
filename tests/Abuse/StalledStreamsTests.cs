using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A stream in which nothing has moved for its cluster's <c>ActivityTimeout</c> ends, at its upstream too, whoever
/// it is that stands still. Nothing else ends one here: the server does not look how fast anybody reads.</summary>
public sealed class StalledStreamsTests : IAsyncLifetime
{
    private const string Upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    // Far less than the 100 s of a cluster that states none.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RecordingUpstream _upstream = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _hungUp = new(StringComparer.Ordinal);
    private TestStore _store = null!;
    private TestGateway _gateway = null!;
    private string _secret = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _upstream.Answer = AnswerAsync;
        _store = await TestStore.SqliteAsync();
        var routes = TestRoutes.For(_upstream);
        _gateway = await TestGateway.StartAsync(
            _store.Options,
            routes.Replace(
                "\"Destinations\"",
                "\"HttpRequest\": { \"ActivityTimeout\": \"00:00:02\" }, \"Destinations\"",
                StringComparison.Ordinal
            ),
            new()
            {
                ["Kestrel:Endpoints:Http2:Url"] = "http://127.0.0.1:0",
                ["Kestrel:Endpoints:Http2:Protocols"] = "Http2",
            },
            configure: builder =>
                builder.Services.PostConfigure<KestrelServerOptions>(k => k.Limits.MinResponseDataRate = null)
        );
        (_, _secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["*"] });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public Task StreamInWhichNothingMoves_Ends() =>
        Task.WhenAll(SocketWhoseReaderStallsEndsAsync(), StreamThatWaitsForItsWindowEndsAsync(), SilenceEndsAsync());

    private async Task SocketWhoseReaderStallsEndsAsync()
    {
        using var client = await ConnectAsync(isHttp2: false);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request("socket", Upgrade)));
        await client.GetStream().ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);

        await HungUp("socket").WaitAsync(Patience);
    }

    // And its connection lives on.
    private async Task StreamThatWaitsForItsWindowEndsAsync()
    {
        using var client = await ConnectAsync(isHttp2: true);
        var stream = client.GetStream();
        using var patience = new CancellationTokenSource(Patience);
        (string, string)[] fields =
        [
            (":method", "GET"),
            (":scheme", "http"),
            (":path", "/any/flood"),
            (":authority", "a"),
            ("authorization", $"Bearer {_secret}"),
        ];
        await stream.WriteAsync(RawHttp2.Request(fields, body: null, trailers: null), patience.Token);

        // All that comes is read, and no more asked for.
        Http2Frame frame;
        do frame = await Http2Frames.ReadAsync(stream, patience.Token);
        while (frame.Type is not Http2Frames.Reset);

        Assert.Equal(1, frame.Stream);
        await HungUp("flood").WaitAsync(Patience);
        await stream.WriteAsync(Http2Frames.Frame(Http2Frames.Ping, 0, 0, new byte[8]), patience.Token);
        do frame = await Http2Frames.ReadAsync(stream, patience.Token);
        while (frame.Type is not Http2Frames.Ping);
    }

    private async Task SilenceEndsAsync()
    {
        using var client = await ConnectAsync(isHttp2: false);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request("silence", "")));

        await HungUp("silence").WaitAsync(Patience);

        using var said = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(said).WaitAsync(Patience);
        }
        catch (IOException)
        {
            // It was cut off.
        }
        var text = Encoding.ASCII.GetString(said.ToArray());
        Assert.StartsWith("HTTP/1.1 200", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "It ended as if all had been said.");
    }

    private string Request(string name, string headers) =>
        $"GET /any/{name} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {_secret}\r\n{headers}\r\n";

    private async Task<TcpClient> ConnectAsync(bool isHttp2)
    {
        var addresses = _gateway
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses;
        var root = new Uri(isHttp2 ? addresses.Last() : addresses.First());
        var client = new TcpClient();
        await client.ConnectAsync(root.Host, root.Port);
        return client;
    }

    private Task HungUp(string name) => EndOf(name).Task;

    private TaskCompletionSource EndOf(string name) =>
        _hungUp.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    // Without end, or a beginning only.
    private async Task AnswerAsync(RecordedRequest request, Stream client)
    {
        var chunk = Encoding.ASCII.GetBytes($"10000\r\n{new string('a', 0x10000)}\r\n");
        var isSocket = request.Values("Upgrade").Length > 0;
        var head = isSocket
            ? "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + $"Sec-WebSocket-Accept: {RecordingUpstream.AcceptOf(request)}\r\n\r\n"
            : "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
        try
        {
            await RecordingUpstream.WriteAsync(client, head);
            if (request.Target.EndsWith("/silence", StringComparison.Ordinal))
                await client.ReadExactlyAsync(new byte[1]);
            else
                while (true)
                    await client.WriteAsync(chunk);
        }
        catch (IOException)
        {
            // The gateway hung up: there is nothing to read any more, and nobody to write to.
        }
        EndOf(request.Target.Split('/')[^1]).TrySetResult();
    }
}
