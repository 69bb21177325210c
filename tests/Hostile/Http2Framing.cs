using System.Text;

namespace Gateway.Tests;

/// <summary>A request over HTTP/2 in every form its frames and fields may have (RFC 9113 section 6, RFC 7541 section 6).</summary>
internal static class Http2Framing
{
    private const byte Priority = 2;
    private const byte Unknown = 0xFA;
    private const int Padded = 8;
    private const int Prioritised = 0x20;
    private const int LiteralIndexed = 0x40;
    private const int LiteralNever = 0x10;

    // Of a block of fields in one frame, and of a body.
    private const int Piece = 16;

    /// <summary>A connection with one request, as it goes over the wire.</summary>
    /// <param name="framing">The form: <c>continued</c> in pieces, <c>bytes</c> in pieces of one byte, <c>padded</c>,
    /// <c>priority</c>, <c>split</c> body, <c>empty</c> frames before the end, <c>pings</c> and frames nobody knows in
    /// between, <c>indexed</c> fields that enter the table, <c>never</c> ones, <c>resized</c> table, <c>huffman</c> texts.</param>
    /// <param name="fields">Pseudo-headers and headers, in order.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="trailers">Trailers; null for none.</param>
    /// <exception cref="ArgumentException">The form is none.</exception>
    public static byte[] Request(
        string framing,
        IEnumerable<(string Name, string Value)> fields,
        string? body,
        IEnumerable<(string Name, string Value)>? trailers
    )
    {
        var end = body is null && trailers is null ? Http2Frames.EndStream : 0;
        List<byte> request =
        [
            .. Http2Frames.Preface,
            .. Between(framing),
            .. Fields(framing, end, Pack(framing, fields)),
            .. Between(framing),
        ];
        if (body is not null)
            request.AddRange(Body(framing, trailers is null ? Http2Frames.EndStream : 0, body));
        if (trailers is not null)
            request.AddRange(Fields(framing, Http2Frames.EndStream, Pack(framing, trailers)));
        return [.. request];
    }

    private static byte[] Fields(string framing, int end, byte[] block) =>
        framing switch
        {
            "continued" => Continued(end, block, Piece),
            "bytes" => Continued(end, block, 1),
            "padded" => Http2Frames.Frame(
                Http2Frames.Headers,
                Http2Frames.EndHeaders | Padded | end,
                1,
                [200, .. block, .. new byte[200]]
            ),
            "priority" => Http2Frames.Frame(
                Http2Frames.Headers,
                Http2Frames.EndHeaders | Prioritised | end,
                1,
                [0, 0, 0, 0, 255, .. block]
            ),
            "split" or "empty" or "pings" or "indexed" or "never" or "resized" or "huffman" => Http2Frames.Frame(
                Http2Frames.Headers,
                Http2Frames.EndHeaders | end,
                1,
                block
            ),
            _ => throw new ArgumentException($"'{framing}' is no form.", nameof(framing)),
        };

    private static byte[] Continued(int end, byte[] block, int piece)
    {
        var pieces = block.Chunk(piece).ToList();
        return
        [
            .. Http2Frames.Frame(Http2Frames.Headers, end, 1, pieces[0]),
            .. pieces.Skip(1).SkipLast(1).SelectMany(p => Http2Frames.Frame(Http2Frames.Continuation, 0, 1, p)),
            .. Http2Frames.Frame(Http2Frames.Continuation, Http2Frames.EndHeaders, 1, pieces[^1]),
        ];
    }

    private static byte[] Body(string framing, int end, string body)
    {
        var bytes = Encoding.Latin1.GetBytes(body);
        return framing switch
        {
            "padded" => Http2Frames.Frame(Http2Frames.Data, Padded | end, 1, [255, .. bytes, .. new byte[255]]),
            "split" =>
            [
                .. bytes.SelectMany(b => Http2Frames.Frame(Http2Frames.Data, 0, 1, [b])),
                .. Http2Frames.Frame(Http2Frames.Data, end, 1, []),
            ],
            "empty" =>
            [
                .. Http2Frames.Frame(Http2Frames.Data, 0, 1, []),
                .. Http2Frames.Frame(Http2Frames.Data, 0, 1, bytes),
                .. Http2Frames.Frame(Http2Frames.Data, end, 1, []),
            ],
            _ => Http2Frames.Frame(Http2Frames.Data, end, 1, bytes),
        };
    }

    private static byte[] Between(string framing) =>
        framing switch
        {
            "pings" =>
            [
                .. Http2Frames.Frame(Http2Frames.Ping, 0, 0, new byte[8]),
                .. Http2Frames.Frame(Unknown, 0, 0, new byte[3]),
                .. Http2Frames.Frame(Http2Frames.WindowUpdate, 0, 1_000),
            ],
            "priority" => Http2Frames.Frame(Priority, 0, 3, [0, 0, 0, 0, 15]),
            _ => [],
        };

    // A literal's first byte says what becomes of it: it is kept, passed on as it is, or neither.
    private static byte[] Pack(string framing, IEnumerable<(string Name, string Value)> fields)
    {
        var kind = framing switch
        {
            "indexed" or "resized" => LiteralIndexed,
            "never" => LiteralNever,
            _ => 0,
        };
        // The table may be made empty and larger again, at the beginning of a block.
        List<byte> block = framing is "resized" ? [0x20, 0x3F, 0xE1, 0x1F] : [];
        foreach (var field in fields)
        {
            var literal = framing is "huffman" ? Huffman(field.Name, field.Value) : Http2Frames.Pack([field]);
            literal[0] = (byte)kind;
            block.AddRange(literal);
        }

        return [.. block];
    }

    private static byte[] Huffman(string name, string value) => [0, .. Huffman(name), .. Huffman(value)];

    // RFC 7541 section 5.2: the length of what is packed, its first bit set.
    private static byte[] Huffman(string text)
    {
        var packed = HuffmanCode.Pack(text);
        return
        [
            .. packed.Length < 127 ? [(byte)(0x80 | packed.Length)] : new byte[] { 0xFF, (byte)(packed.Length - 127) },
            .. packed,
        ];
    }
}
