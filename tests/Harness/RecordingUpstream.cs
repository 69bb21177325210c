using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Tests;

/// <summary>What an upstream was asked, byte for byte: text is Latin-1, so one character is one byte.</summary>
/// <param name="Line">The request line without its line end.</param>
/// <param name="Headers">Names and values as sent, in order, repeated ones repeated.</param>
/// <param name="Body">The body with chunk framing taken off.</param>
/// <param name="Trailers">Trailers of a chunked body.</param>
public sealed record RecordedRequest(
    string Line,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    byte[] Body,
    IReadOnlyList<KeyValuePair<string, string>> Trailers
)
{
    /// <summary>The method of the request line.</summary>
    public string Method => Line[..Line.IndexOf(' ', StringComparison.Ordinal)];

    /// <summary>The target of the request line: path and query as they came over the wire.</summary>
    public string Target => Line[(Method.Length + 1)..Line.LastIndexOf(' ')];

    /// <summary>The body as text.</summary>
    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>The values of a header, compared without case; empty when it is absent.</summary>
    public string[] Values(string name) =>
        [.. Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];

    /// <summary>The one value of a header; null when it is absent, an exception when it is there twice.</summary>
    public string? Value(string name) => Values(name).SingleOrDefault();
}

/// <summary>
/// An HTTP/1.1 upstream on a raw socket that records what reaches it and answers what a test wants. It reads framing
/// the plain way and forgives nothing, so that what it records is what a strict upstream would have understood.
/// </summary>
public sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly ConcurrentQueue<RecordedRequest> _begun = new();
    private readonly Task _accepting;

    /// <summary>Starts listening on a free port.</summary>
    public RecordingUpstream()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Root of this upstream, such as <c>http://127.0.0.1:40001</c>, without a slash at the end.</summary>
    public string Address => $"http://{(IPEndPoint)_listener.LocalEndpoint}";

    /// <summary>Writes the answer; the default is 200 with the body <c>ok</c>. Whoever replaces it frames it too.</summary>
    public Func<RecordedRequest, Stream, Task> Answer { get; set; } = PlainAsync;

    /// <summary>Everything that was asked so far, whole requests only, in order of arrival.</summary>
    public IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    /// <summary>Every request whose headers have come, also those whose body never did; without bodies.</summary>
    public IReadOnlyList<RecordedRequest> Begun => [.. _begun];

    /// <summary>The one request that came; an exception when none or several did.</summary>
    public RecordedRequest Single => Requests.Single();

    /// <summary>Forgets what was asked.</summary>
    public void Clear()
    {
        _requests.Clear();
        _begun.Clear();
    }

    /// <summary>Status line after the version, headers and body of a plain 200.</summary>
    public static string Ok(string body, string headers = "") =>
        $"200 OK\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}";

    /// <summary>The default <see cref="Answer"/>.</summary>
    public static Task PlainAsync(RecordedRequest request, Stream client) =>
        WriteAsync(client, request.Method is "HEAD" ? "200 OK\r\nContent-Length: 2\r\n\r\n" : Ok("ok"));

    /// <summary>What a WebSocket's handshake is accepted with.</summary>
    public static string AcceptOf(RecordedRequest request) =>
        Convert.ToBase64String(
            SHA1.HashData(
                Encoding.ASCII.GetBytes(request.Value("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
            )
        );

    /// <summary>Writes a response; <paramref name="response"/> begins with the status code.</summary>
    public static async Task WriteAsync(Stream client, string response) =>
        await client.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 " + response));

    /// <summary>An <see cref="Answer"/> that takes a WebSocket and then echoes raw bytes, frames unread.</summary>
    public static async Task EchoWebSocketAsync(RecordedRequest request, Stream client)
    {
        await WriteAsync(
            client,
            "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + $"Sec-WebSocket-Accept: {AcceptOf(request)}\r\n\r\n"
        );
        var buffer = new byte[4096];
        while (await client.ReadAsync(buffer) is > 0 and var count)
        {
            await client.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using var _ = connection;
        using var closing = _stop.Token.Register(connection.Close);
        try
        {
            var stream = connection.GetStream();
            while (await ReadAsync(stream) is { } request)
            {
                _requests.Enqueue(request);
                await Answer(request, stream);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or FormatException)
        {
            // The gateway hung up, or sent what this upstream does not understand: then it is not recorded.
        }
    }

    private async Task<RecordedRequest?> ReadAsync(Stream stream)
    {
        if (await ReadLineAsync(stream) is not { } line)
        {
            return null;
        }

        var headers = await ReadFieldsAsync(stream);
        var request = new RecordedRequest(line, headers, [], []);
        _begun.Enqueue(request);
        if (request.Value("Transfer-Encoding") is { } coding)
        {
            return coding is "chunked" ? await ReadChunksAsync(stream, request) : throw new FormatException(coding);
        }

        var body = new byte[int.Parse(request.Value("Content-Length") ?? "0", CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        return request with { Body = body };
    }

    private static async Task<RecordedRequest> ReadChunksAsync(Stream stream, RecordedRequest request)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var size = Convert.ToInt32(await ReadLineAsync(stream) ?? throw new EndOfStreamException(), 16);
            if (size is 0)
            {
                return request with { Body = body.ToArray(), Trailers = await ReadFieldsAsync(stream) };
            }

            var chunk = new byte[size + 2];
            await stream.ReadExactlyAsync(chunk);
            body.Write(chunk, 0, size);
        }
    }

    private static async Task<List<KeyValuePair<string, string>>> ReadFieldsAsync(Stream stream)
    {
        List<KeyValuePair<string, string>> fields = [];
        while (await ReadLineAsync(stream) is { Length: > 0 } field)
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            fields.Add(new(field[..colon], field[(colon + 1)..].Trim(' ')));
        }

        return fields;
    }

    // Byte by byte: slow, and in a test of this size simpler than a buffer that outlives the line.
    private static async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) is 1)
        {
            line.Append((char)one[0]);
            if (line is [.., '\r', '\n'])
            {
                return line.ToString(0, line.Length - 2);
            }
        }

        return line.Length is 0 ? null : throw new EndOfStreamException();
    }
}
