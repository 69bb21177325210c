using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A stream that a key was let in for may stall: it ends with its key, and not because its reader is slow. What
/// else is read slowly is hung up on. The rate is far higher here than in life, and nothing is measured: a stream that has
/// stalled for longer than a download that was hung up on is whole.</summary>
public sealed class StalledReadersTests : IAsyncLifetime
{
    private const int AnswerBytes = 16 << 20;
    private const int ChunkBytes = 64 * 1024;

    // In no header.
    private const byte Filling = (byte)'~';

    // Requests that are to be hung up on.
    private const int Others = 3;

    private const string Upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The shortest grace the server takes; it looks once a second.
    private static readonly MinDataRate Slowest = new(100_000_000, TimeSpan.FromSeconds(1.1));

    private readonly RecordingUpstream _upstream = new();
    private readonly TaskCompletionSource _hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stalled = Others;
    private TestStore _store = null!;
    private TestGateway _gateway = null!;
    private string _secret = "";

    private string Key => $"Authorization: Bearer {_secret}\r\n";

    public async ValueTask InitializeAsync()
    {
        _upstream.Answer = AnswerAsync;
        _store = await TestStore.SqliteAsync();
        _gateway = await TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            configure: builder =>
                builder.Services.PostConfigure<KestrelServerOptions>(k => k.Limits.MinResponseDataRate = Slowest)
        );
        (_, _secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["*"] });
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task WhatAKeyStreams_MayStall_AndNothingElse()
    {
        using var socket = await AskAsync("/any/stream", $"{Key}{Upgrade}");
        using var events = await AskAsync("/any/stream", $"{Key}Connection: close\r\n");
        foreach (var stream in (TcpClient[])[socket, events])
            await stream.GetStream().ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);
        using var download = await AskAsync("/any/download", $"{Key}Connection: close\r\n");
        using var open = await AskAsync("/public/download", "Connection: close\r\n");
        using var openStream = await AskAsync("/public/stream", "Connection: close\r\n");

        await _hungUp.Task.WaitAsync(Patience);

        Assert.Equal(AnswerBytes, await CountAsync(socket));
        Assert.Equal(AnswerBytes, await CountAsync(events));
        foreach (var other in (TcpClient[])[download, open, openStream])
            Assert.InRange(await CountAsync(other), 0, AnswerBytes - 1);
    }

    // A flood: of a stream in chunks, or in frames that nobody reads, else with its length.
    private async Task AnswerAsync(RecordedRequest request, Stream client)
    {
        var chunk = Encoding.ASCII.GetBytes(new string((char)Filling, ChunkBytes));
        var size = Encoding.ASCII.GetBytes(ChunkBytes.ToString("X", CultureInfo.InvariantCulture) + "\r\n");
        var isStream = request.Target.EndsWith("/stream", StringComparison.Ordinal);
        var isSocket = request.Values("Upgrade").Length > 0;
        var head =
            isSocket ? SocketHead(request)
            : isStream ? "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            : $"200 OK\r\nContent-Length: {AnswerBytes}\r\n\r\n";
        try
        {
            await RecordingUpstream.WriteAsync(client, head);
            for (var written = 0; written < AnswerBytes; written += ChunkBytes)
                await client.WriteAsync((byte[])(isStream && !isSocket ? [.. size, .. chunk, .. "\r\n"u8] : chunk));
            if (isStream && !isSocket)
                await client.WriteAsync("0\r\n\r\n"u8.ToArray());
        }
        catch (IOException)
        {
            if (Interlocked.Decrement(ref _stalled) == 0)
                _hungUp.TrySetResult();
        }
        client.Close();
    }

    private static string SocketHead(RecordedRequest request) =>
        "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + $"Sec-WebSocket-Accept: {RecordingUpstream.AcceptOf(request)}\r\n\r\n";

    private async Task<TcpClient> AskAsync(string target, string headers)
    {
        var client = new TcpClient();
        var root = new Uri(_gateway.Url);
        await client.ConnectAsync(root.Host, root.Port);
        var request = $"GET {target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return client;
    }

    // How much of the answer is left to read, until it ends or is cut off.
    private static async Task<int> CountAsync(TcpClient client)
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[ChunkBytes];
        var found = 0;
        try
        {
            while (await client.GetStream().ReadAsync(buffer, patience.Token) is > 0 and var count)
                found += buffer.AsSpan(0, count).Count(Filling);
        }
        catch (IOException)
        {
            // It was hung up on.
        }
        return found;
    }
}
