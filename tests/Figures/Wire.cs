using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>One answer.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Text">Head and body as they came, Latin-1, chunk framing included.</param>
internal readonly record struct WireAnswer(int Status, string Text)
{
    /// <summary>Status and, of a refusal, code: <c>200</c>, <c>401 REVOKED_API_KEY</c>.</summary>
    public string Said => Status < 400 ? $"{Status}" : $"{Status} {Code()}";

    /// <summary>The body, framing taken off.</summary>
    public string Body()
    {
        var body = Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (!Text.AsSpan(0, Text.Length - body.Length).Contains("chunked", StringComparison.OrdinalIgnoreCase))
            return body;
        var whole = new StringBuilder();
        while (true)
        {
            var line = body.IndexOf("\r\n", StringComparison.Ordinal);
            var length = int.Parse(body.AsSpan(0, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
                return whole.ToString();
            whole.Append(body, line + 2, length);
            body = body[(line + 2 + length + 2)..];
        }
    }

    private string Code()
    {
        const string Name = "\"code\":\"";
        var from = Text.IndexOf(Name, StringComparison.Ordinal) + Name.Length;
        return from < Name.Length ? "" : Text[from..Text.IndexOf('"', from)];
    }
}

/// <summary>One HTTP/1.1 connection that is kept, for requests whose bytes were put together beforehand: on a machine that
/// carries the load and what it is measured on, the load must cost little.</summary>
internal sealed class Wire : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[8 * 1024];

    private Wire() { }

    /// <summary>Connects.</summary>
    public static async Task<Wire> ConnectAsync(Uri to)
    {
        var wire = new Wire();
        await wire._socket.ConnectAsync(to.Host, to.Port);
        return wire;
    }

    /// <summary>The bytes of a request with a credential.</summary>
    /// <param name="method">Method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="key">The credential.</param>
    /// <param name="body">JSON; null for none.</param>
    public static byte[] Request(string method, string path, string key, string? body = null)
    {
        var content = body is null
            ? ""
            : $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
        return Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n{content}\r\n{body}"
        );
    }

    /// <summary>Sends a request and reads its answer.</summary>
    public async Task<WireAnswer> AskAsync(byte[] request)
    {
        await SendAsync(request);
        return await ReadAsync();
    }

    /// <summary>Sends a request.</summary>
    public async Task SendAsync(byte[] request) => await _socket.SendAsync(request);

    /// <summary>Reads one answer; nothing may be under way but what belongs to it.</summary>
    public async Task<WireAnswer> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
                Array.Resize(ref _buffer, length * 2);
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            if (read == 0)
                throw new IOException("The connection was closed before an answer was whole.");
            length += read;
            if (IsWhole(_buffer.AsSpan(0, length)))
                break;
        }
        var text = Encoding.Latin1.GetString(_buffer, 0, length);
        return new WireAnswer(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        var field = answer[..head].IndexOf("Content-Length: "u8);
        if (field < 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        _ = System.Buffers.Text.Utf8Parser.TryParse(answer[(field + 16)..], out int length, out var _);
        return answer.Length == head + 4 + length;
    }
}
