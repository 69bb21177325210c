using System.Text;

namespace Gateway.Tests;

/// <summary>Spoils a connection of HTTP/2: its fields, its frames, and sometimes its bytes.</summary>
internal static class FrameMutator
{
    private static readonly string[] Names =
    [
        ":path",
        ":method",
        ":authority",
        ":scheme",
        ":protocol",
        "authorization",
        "host",
        "te",
        "connection",
        "transfer-encoding",
        "content-length",
        "upgrade",
        "cookie",
        "x-gateway-key-id",
        "X-Upper",
        "",
    ];

    private static readonly string[] Values =
    [
        "/v1/admin/secret",
        "/v1/read/../admin/x",
        "/v1/wallets/w2/x",
        "*",
        "CONNECT",
        "websocket",
        "trailers",
        "chunked",
        "-1",
        "99999999999999999999",
        "a\r\nb: c",
        "\0",
        "",
    ];

    /// <summary>A connection, spoiled.</summary>
    /// <param name="fields">Of its request.</param>
    /// <param name="body">Of its request; null for none.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(List<(string Name, string Value)> fields, byte[]? body, Random random)
    {
        for (var i = random.Next(4); i > 0 && fields.Count > 0; i--)
            MutateField(fields, random);
        var frames = FramesOf(fields, body, random);
        for (var i = random.Next(3); i > 0 && frames.Count > 0; i--)
            MutateFrame(frames, random);
        byte[] bytes =
        [
            .. Http2Frames.Preface,
            .. frames.SelectMany(f => Http2Frames.Frame(f.Type, f.Flags, f.Stream, f.Payload)),
        ];
        return random.Next(4) == 0 ? ByteMutator.Mutate(bytes, bytes, random) : bytes;
    }

    private static List<Http2Frame> FramesOf(List<(string, string)> fields, byte[]? body, Random random)
    {
        var block = Http2Frames.Pack(fields);
        var last = body is null ? Http2Frames.EndStream : 0;
        List<Http2Frame> frames = [];
        if (random.Next(4) == 0 && block.Length > 1)
        {
            // A block may come in pieces (RFC 9113 section 6.10).
            var at = random.Next(1, block.Length);
            frames.Add(new(Http2Frames.Headers, last, 1, block[..at]));
            frames.Add(new(Http2Frames.Continuation, Http2Frames.EndHeaders, 1, block[at..]));
        }
        else
        {
            frames.Add(new(Http2Frames.Headers, Http2Frames.EndHeaders | last, 1, block));
        }
        if (body is not null)
            frames.Add(new(Http2Frames.Data, Http2Frames.EndStream, 1, body));
        return frames;
    }

    private static void MutateField(List<(string Name, string Value)> fields, Random random)
    {
        var at = random.Next(fields.Count);
        var (name, value) = fields[at];
        switch (random.Next(6))
        {
            case 0:
                fields[at] = (name, ByteMutator.Mutate(value, random));
                break;
            case 1:
                fields[at] = (ByteMutator.Mutate(name, random), value);
                break;
            case 2:
                fields[at] = (name, Values[random.Next(Values.Length)]);
                break;
            case 3:
                fields.Insert(at, (Names[random.Next(Names.Length)], Values[random.Next(Values.Length)]));
                break;
            case 4:
                fields.Add((name, value));
                break;
            default:
                fields.RemoveAt(at);
                break;
        }
    }

    private static void MutateFrame(List<Http2Frame> frames, Random random)
    {
        var at = random.Next(frames.Count);
        var frame = frames[at];
        switch (random.Next(7))
        {
            case 0:
                frames[at] = frame with { Type = (byte)random.Next(12) };
                break;
            case 1:
                frames[at] = frame with { Flags = random.Next(256) };
                break;
            case 2:
                frames[at] = frame with { Stream = random.Next(2) == 0 ? random.Next(6) : random.Next() };
                break;
            case 3:
                frames.Insert(at, frame);
                break;
            case 4:
                frames.RemoveAt(at);
                break;
            case 5 when frame.Payload.Length > 0:
                frames[at] = frame with { Payload = ByteMutator.Mutate(frame.Payload, frame.Payload, random) };
                break;
            default:
                var payload = new byte[random.Next(2) == 0 ? random.Next(20) : 4 * random.Next(4)];
                random.NextBytes(payload);
                frames.Insert(at, new((byte)random.Next(11), random.Next(16), random.Next(4), payload));
                break;
        }
    }

    /// <summary>As printed in a report.</summary>
    public static string Show(byte[] bytes) =>
        string.Concat(
            Encoding
                .Latin1.GetString(bytes)
                .Select(c => c is >= ' ' and <= '~' and not '\\' ? c.ToString() : $"\\x{(int)c:x2}")
        );
}
