using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>A WebSocket (RFC 6455) reduced to what it takes to open thousands: messages of a few bytes are sent and come
/// back, and the moment of its end is kept.</summary>
internal sealed class WireSocket : IDisposable
{
    private const int TextFrame = 0x81;
    private const int CloseFrame = 0x88;
    private const int Masked = 0x80;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource<long> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _echo;

    private WireSocket() { }

    /// <summary>Ends with the timestamp at which the other side ended it: by a close frame, by hanging up or by a reset.</summary>
    public Task<long> Closed => _closed.Task;

    /// <summary>Opens one.</summary>
    public static async Task<WireSocket> OpenAsync(Uri gateway, string path, string key)
    {
        var socket = new WireSocket();
        await socket._socket.ConnectAsync(gateway.Host, gateway.Port);
        await socket._socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
        );
        var buffer = new byte[1024];
        var length = 0;
        while (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await socket._socket.ReceiveAsync(buffer.AsMemory(length));
            Assert.True(read > 0, "It was closed before it was open.");
            length += read;
        }
        var head = Encoding.Latin1.GetString(buffer, 0, length);
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        _ = socket.ReceiveAsync(buffer);
        return socket;
    }

    /// <summary>Sends a message and waits for its echo.</summary>
    /// <returns>False when it has ended, or nothing came back.</returns>
    public async Task<bool> EchoAsync()
    {
        var echo = _echo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            // A mask of zeros leaves the message as it is.
            await _socket.SendAsync(new byte[] { TextFrame, Masked | 2, 0, 0, 0, 0, (byte)'h', (byte)'i' });
            return await Task.WhenAny(echo.Task, _closed.Task).WaitAsync(Patience) == echo.Task;
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // Frames are small and come one at a time, so each is read whole.
    private async Task ReceiveAsync(byte[] buffer)
    {
        try
        {
            while (await _socket.ReceiveAsync(buffer) > 0 && buffer[0] != CloseFrame)
            {
                if (buffer[0] == TextFrame)
                    _echo?.TrySetResult();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Reset by the other side, or ended here.
        }
        _closed.TrySetResult(Stopwatch.GetTimestamp());
    }
}
