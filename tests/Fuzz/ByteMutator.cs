using System.Text;

namespace Gateway.Tests;

/// <summary>Spoils bytes the way fuzzers do, and with what parsers of HTTP have been known to stumble over.</summary>
internal static class ByteMutator
{
    private const int LongestRepeat = 400;

    private static readonly byte[] Bytes =
    [
        .. "\0\t\n\v\r !\"#%&'*+,-./:;<=>?@[\\]^_`{|}~"u8,
        0x7F,
        0x80,
        0xA0,
        0xC0,
        0xE2,
        0xFF,
    ];

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\r\n",
            "\r\n\r\n",
            "\n",
            " HTTP/1.1",
            " HTTP/1.0",
            " HTTP/2.0",
            "\r\nTransfer-Encoding: chunked",
            "\r\nTransfer-Encoding: identity, chunked",
            "\r\nContent-Length: 5",
            "\r\nContent-Length: 0",
            "\r\nContent-Length: -1",
            "\r\nContent-Length: 18446744073709551616",
            "\r\nHost: other",
            "\r\nConnection: close",
            "\r\nConnection: X-Gateway-Key-Id, Authorization",
            "\r\nX-Gateway-Key-Id: key_0",
            "\r\nx_gateway.permissions: *",
            "\r\nX-Forwarded-For: 203.0.113.9",
            "\r\nX-Original-URL: /v1/admin/secret",
            "\r\nX-HTTP-Method-Override: DELETE",
            "\r\nUpgrade: websocket\r\nConnection: Upgrade",
            "\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
            "\r\nExpect: 100-continue",
            "\r\nTrailer: Authorization",
            "GET /v1/admin/secret HTTP/1.1\r\nHost: a\r\n\r\n",
            "0\r\n\r\n",
            "FFFFFFFFFFFFFFFF\r\n",
            ";a=b",
            "../",
            "/..;/",
            "%2e%2e/",
            "%2f",
            "%5c",
            "%00",
            "%25",
            "%c0%ae",
            "%ef%bc%8f",
            "//",
            "/v1/admin/",
            "/v1/wallets/w2/",
            "http://other/v1/admin/x",
            "?access_token=",
            "#",
            "*",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>Spoils it in one to six places.</summary>
    /// <param name="bytes">What is right.</param>
    /// <param name="other">Something else that is right, to take pieces from.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(byte[] bytes, byte[] other, Random random)
    {
        for (var i = random.Next(1, 7); i > 0 && bytes.Length > 0; i--)
            bytes = MutateOnce(bytes, other, random);
        return bytes;
    }

    /// <summary>Spoils a text, one character a byte.</summary>
    public static string Mutate(string text, Random random) =>
        Encoding.Latin1.GetString(MutateOnce([.. Encoding.Latin1.GetBytes(text), (byte)'x'], "x"u8.ToArray(), random));

    private static byte[] MutateOnce(byte[] bytes, byte[] other, Random random)
    {
        var at = random.Next(bytes.Length);
        var end = Math.Min(bytes.Length, at + 1 + random.Next(random.Next(2) == 0 ? 4 : 60));
        return random.Next(12) switch
        {
            0 => With(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8)))),
            1 => With(bytes, at, Bytes[random.Next(Bytes.Length)]),
            2 => With(bytes, at, (byte)random.Next(256)),
            3 => [.. bytes[..at], Bytes[random.Next(Bytes.Length)], .. bytes[at..]],
            4 or 5 => [.. bytes[..at], .. Words[random.Next(Words.Length)], .. bytes[at..]],
            // Where a line ends is where a header is believed.
            6 => AtLineEnd(bytes, Words[random.Next(Words.Length)], random),
            7 => [.. bytes[..at], .. bytes[end..]],
            8 => [.. bytes[..end], .. bytes[at..]],
            9 => bytes[..at],
            10 => [.. bytes[..at], .. other[random.Next(other.Length)..]],
            _ => [.. bytes[..at], .. Enumerable.Repeat(bytes[at], random.Next(LongestRepeat)), .. bytes[at..]],
        };
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        var copy = (byte[])bytes.Clone();
        copy[at] = value;
        return copy;
    }

    private static byte[] AtLineEnd(byte[] bytes, byte[] word, Random random)
    {
        List<int> ends = [];
        for (var i = 0; i + 1 < bytes.Length; i++)
        {
            if (bytes[i] is (byte)'\r' && bytes[i + 1] is (byte)'\n')
                ends.Add(i);
        }
        var at = ends.Count > 0 ? ends[random.Next(ends.Count)] : bytes.Length;
        return [.. bytes[..at], .. word, .. bytes[at..]];
    }
}
