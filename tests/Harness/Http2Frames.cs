using System.Buffers.Binary;
using System.Text;

namespace Gateway.Tests;

/// <summary>A frame of HTTP/2 as it goes over the wire (RFC 9113 section 4.1).</summary>
public readonly record struct Http2Frame(byte Type, int Flags, int Stream, byte[] Payload);

/// <summary>The few frames tests write and read themselves, so that they may be wrong. Text is Latin-1; fields are HPACK
/// literals without indexing, so names and values go over the wire as they are.</summary>
public static class Http2Frames
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;
    public const int EndStream = 1;
    public const int Acknowledgement = 1;
    public const int EndHeaders = 4;

    /// <summary>What a connection with prior knowledge begins with, settings included.</summary>
    public static byte[] Preface { get; } = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, [])];

    /// <summary>One frame.</summary>
    public static byte[] Frame(byte type, int flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        (head[3], head[4]) = (type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        return [.. head, .. payload];
    }

    /// <summary>A frame whose payload is one number of 32 bits: an error code, an increment.</summary>
    public static byte[] Frame(byte type, int stream, int number)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, number);
        return Frame(type, 0, stream, payload);
    }

    /// <summary>A block of fields.</summary>
    public static byte[] Pack(IEnumerable<(string Name, string Value)> fields)
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

    /// <summary>Reads the next frame.</summary>
    /// <exception cref="IOException">There is none: the connection is closed.</exception>
    public static async Task<Http2Frame> ReadAsync(Stream stream, CancellationToken patience)
    {
        var head = new byte[9];
        await stream.ReadExactlyAsync(head, patience);
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian([0, .. head.AsSpan(0, 3)])];
        await stream.ReadExactlyAsync(payload, patience);
        return new(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
    }

    /// <summary>The status in a block of fields (RFC 7541): table size updates first, then :status, indexed (appendix A)
    /// or as a literal of three digits.</summary>
    public static int StatusOf(ReadOnlySpan<byte> block)
    {
        while ((block[0] & 0xE0) is 0x20)
            block = block[1..];
        int[] indexed = [200, 204, 206, 304, 400, 404, 500];
        return block[0] is >= 0x88 and <= 0x8E
            ? indexed[block[0] - 0x88]
            : int.Parse(Encoding.ASCII.GetString(block.Slice(block.IndexOf((byte)3) + 1, 3)));
    }

    private static void WriteText(MemoryStream block, string text)
    {
        // RFC 7541 section 5.1, with a prefix of seven bits.
        var rest = text.Length - 127;
        block.WriteByte((byte)Math.Min(text.Length, 127));
        for (; rest >= 128; rest /= 128)
            block.WriteByte((byte)((rest % 128) + 128));
        if (rest >= 0)
            block.WriteByte((byte)rest);
        block.Write(Encoding.Latin1.GetBytes(text));
    }
}
