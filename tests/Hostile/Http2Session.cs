using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests;

/// <summary>A connection of HTTP/2 on which a test sends what it likes, and sees what comes back.</summary>
public sealed class Http2Session : IAsyncDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly Task _reading;

    private Http2Session(Socket socket)
    {
        (_socket, _stream) = (socket, new NetworkStream(socket));
        _reading = ReadAsync();
    }

    /// <summary>Statuses of the streams that are over, by stream; 0 for one that was reset. A stream counts as open until
    /// then, and there may be only so many.</summary>
    public ConcurrentDictionary<int, int> Statuses { get; } = [];

    /// <summary>Whether the server has ended the connection.</summary>
    public bool IsOver => _reading.IsCompleted;

    /// <summary>Connects and sends the preface.</summary>
    public static async Task<Http2Session> ConnectAsync(IPEndPoint server, bool preface = true)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var session = new Http2Session(socket);
        if (preface)
            await session.SendAsync(Http2Frames.Preface);
        return session;
    }

    /// <summary>A request's first frame; it is the only one unless <paramref name="flags"/> say otherwise.</summary>
    public static byte[] Get(
        int stream,
        string path,
        int flags = Http2Frames.EndHeaders | Http2Frames.EndStream,
        params (string, string)[] more
    ) =>
        Http2Frames.Frame(
            Http2Frames.Headers,
            flags,
            stream,
            Http2Frames.Pack([
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "localhost"),
                (":path", path),
                .. more,
            ])
        );

    /// <summary>Sends; a connection that has ended takes no more, and that is no failure.</summary>
    /// <returns>Whether it was taken.</returns>
    public async Task<bool> SendAsync(byte[] bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
        await _stream.DisposeAsync();
    }

    private static bool Ends(Http2Frame frame) =>
        frame.Type is Http2Frames.Headers or Http2Frames.Data && (frame.Flags & Http2Frames.EndStream) is not 0;

    private async Task ReadAsync()
    {
        var begun = new Dictionary<int, int>();
        try
        {
            while (true)
            {
                var frame = await Http2Frames.ReadAsync(_stream, CancellationToken.None);
                if (frame.Type is Http2Frames.GoAway)
                    return;
                if (frame.Type is Http2Frames.Headers)
                    begun.TryAdd(frame.Stream, Http2Frames.StatusOf(frame.Payload));
                if (frame.Type is Http2Frames.Reset || Ends(frame))
                    Statuses.TryAdd(frame.Stream, begun.GetValueOrDefault(frame.Stream));
                if (frame is { Type: Http2Frames.Settings, Flags: 0 })
                    await SendAsync(Http2Frames.Frame(Http2Frames.Settings, Http2Frames.Acknowledgement, 0, []));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It is over.
        }
    }
}
