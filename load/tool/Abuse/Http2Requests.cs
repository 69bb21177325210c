using System.Text;

namespace Gateway.Load;

/// <summary>Connections of HTTP/2 as they begin: a preface, and requests that never end.</summary>
internal static class Http2Requests
{
    // RFC 9113 section 6, RFC 7541 appendix A.
    private const byte HeadersFrame = 1;
    private const byte SettingsFrame = 4;
    private const byte EndHeaders = 4;
    private const byte MethodPost = 0x83;
    private const byte SchemeHttp = 0x86;
    private const byte AuthorityName = 1;
    private const byte PathName = 4;
    private const byte Remember = 0x40;
    private const byte Remembered = 0xBE;

    // Seven are 28 KiB, of the 32 that one request may have; one fits in the 4 KiB that a connection may have remembered.
    private const int HeavyHeaders = 7;
    private const int HeavyLength = 4_000;

    /// <summary>So many requests with a body that does not come.</summary>
    /// <param name="path">Of each; shorter than 127 characters.</param>
    /// <param name="streams">How many.</param>
    /// <param name="isHeavy">Whether each has 28 KiB of headers, of which the server is told once and reminded after that.</param>
    public static byte[] Unfinished(string path, int streams, bool isHeavy = false)
    {
        byte[] block = [MethodPost, SchemeHttp, .. Text(AuthorityName, "a"), .. Text(PathName, path)];
        byte[] first = isHeavy ? [.. block, Remember, .. String("x"), .. String(new string('a', HeavyLength))] : block;
        byte[] others = isHeavy ? [.. block, .. Enumerable.Repeat(Remembered, HeavyHeaders)] : block;
        return
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Frame(SettingsFrame, 0, 0, []),
            .. Frame(HeadersFrame, EndHeaders, 1, first),
            .. Enumerable.Range(1, streams - 1).SelectMany(i => Frame(HeadersFrame, EndHeaders, (i * 2) + 1, others)),
        ];
    }

    private static byte[] Text(byte name, string value) => [name, .. String(value)];

    // RFC 7541 section 5.1: what does not fit in seven bits follows in sevens, the last first.
    private static byte[] String(string value)
    {
        List<byte> length = [(byte)Math.Min(value.Length, 127)];
        for (var left = value.Length - 127; left >= 0; left >>= 7)
        {
            length.Add((byte)(left > 127 ? (left & 127) | 128 : left));
            if (left <= 127)
                break;
        }
        return [.. length, .. Encoding.ASCII.GetBytes(value)];
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload) =>
        [
            0,
            (byte)(payload.Length >> 8),
            (byte)payload.Length,
            type,
            flags,
            0,
            0,
            (byte)(stream >> 8),
            (byte)stream,
            .. payload,
        ];
}
