using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>
/// One HTTP/2 request, with prior knowledge, whose fields no library would write. Text is Latin-1; fields are HPACK
/// literals without indexing, so names and values go over the wire as they are.
/// </summary>
public static class RawHttp2
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private const byte Acknowledgement = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Sends a request.</summary>
    /// <param name="address">Root of the server.</param>
    /// <param name="fields">Pseudo-headers and headers, in order.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="trailers">Trailers; null for none.</param>
    /// <returns>The status; 0 when the stream was reset or the connection given up without one.</returns>
    public static async Task<int> SendAsync(
        string address,
        IEnumerable<(string Name, string Value)> fields,
        string? body = null,
        IEnumerable<(string Name, string Value)>? trailers = null
    )
    {
        using var client = new TcpClient();
        var root = new Uri(address);
        await client.ConnectAsync(root.Host, root.Port);
        await using var stream = client.GetStream();
        using var request = new MemoryStream();
        request.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Write(request, Settings, 0, 0, []);
        Write(request, Headers, EndHeaders | (body is null ? EndStream : 0), 1, Pack(fields));
        if (body is not null)
            Write(request, Data, trailers is null ? EndStream : 0, 1, Encoding.Latin1.GetBytes(body));
        if (trailers is not null)
            Write(request, Headers, EndHeaders | EndStream, 1, Pack(trailers));
        await stream.WriteAsync(request.ToArray());
        using var patience = new CancellationTokenSource(Patience);
        return await ReadStatusAsync(stream, patience.Token);
    }

    private static async Task<int> ReadStatusAsync(NetworkStream stream, CancellationToken patience)
    {
        var head = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head, patience);
                var payload = new byte[BinaryPrimitives.ReadInt32BigEndian([0, .. head.AsSpan(0, 3)])];
                await stream.ReadExactlyAsync(payload, patience);
                if (head[3] is Headers)
                    return StatusOf(payload);
                if (head[3] is Reset or GoAway)
                    return 0;
                if (head[3] is Settings && (head[4] & Acknowledgement) is 0)
                    Write(stream, Settings, Acknowledgement, 0, []);
            }
        }
        catch (IOException)
        {
            return 0;
        }
    }

    // RFC 7541: table size updates first, then :status, indexed (appendix A) or as a literal of three digits.
    private static int StatusOf(ReadOnlySpan<byte> block)
    {
        while ((block[0] & 0xE0) is 0x20)
            block = block[1..];
        int[] indexed = [200, 204, 206, 304, 400, 404, 500];
        return block[0] is >= 0x88 and <= 0x8E
            ? indexed[block[0] - 0x88]
            : int.Parse(Encoding.ASCII.GetString(block.Slice(block.IndexOf((byte)3) + 1, 3)));
    }

    private static byte[] Pack(IEnumerable<(string Name, string Value)> fields)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.ToArray();
    }

    // A length of up to 127 bytes and a little more: a second byte is all a test needs.
    private static void WriteText(MemoryStream block, string text)
    {
        block.WriteByte((byte)Math.Min(text.Length, 127));
        if (text.Length >= 127)
            block.WriteByte(checked((byte)((text.Length - 127) & 0x7F)));
        block.Write(Encoding.Latin1.GetBytes(text));
    }

    private static void Write(Stream stream, byte type, int flags, int id, byte[] payload)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        (head[3], head[4]) = (type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], id);
        stream.Write([.. head, .. payload]);
    }
}
