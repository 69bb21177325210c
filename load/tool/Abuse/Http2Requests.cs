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

    /// <summary>So many requests with a body that does not come.</summary>
    /// <param name="path">Of each; shorter than 127 characters.</param>
    /// <param name="streams">How many.</param>
    public static byte[] Unfinished(string path, int streams)
    {
        byte[] block = [MethodPost, SchemeHttp, .. Text(AuthorityName, "a"), .. Text(PathName, path)];
        return
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Frame(SettingsFrame, 0, 0, []),
            .. Enumerable.Range(0, streams).SelectMany(i => Frame(HeadersFrame, EndHeaders, (i * 2) + 1, block)),
        ];
    }

    private static byte[] Text(byte name, string value) =>
        [name, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

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
