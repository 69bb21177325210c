namespace Gateway.Tests;

/// <summary>Texts as HPACK packs them (RFC 7541 appendix B): the visible characters of ASCII and the space.</summary>
internal static class HuffmanCode
{
    // Characters by the number of their bits. The code is canonical: within a length they count up in their order, and
    // the first of a length follows on the last before it.
    private static readonly (int Bits, string Characters)[] Lengths =
    [
        (5, "012aceiost"),
        (6, " %-./3456789=A_bdfghlmnpru"),
        (7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"),
        (8, "&*,;XZ"),
        (10, "!\"()?"),
        (11, "'+|"),
        (12, "#>"),
        (13, "\0$@[]~"),
        (14, "^}"),
        (15, "<`{"),
    ];

    private static readonly Dictionary<char, (int Code, int Bits)> Codes = Count();

    /// <summary>Packs a text; the last byte is filled up with ones.</summary>
    /// <exception cref="KeyNotFoundException">A character is none of those.</exception>
    public static byte[] Pack(string text)
    {
        List<byte> packed = [];
        var (pending, bits) = (0UL, 0);
        foreach (var (code, length) in text.Select(c => Codes[c]))
        {
            pending = (pending << length) | (uint)code;
            for (bits += length; bits >= 8; bits -= 8)
                packed.Add((byte)(pending >> (bits - 8)));
        }

        if (bits > 0)
            packed.Add((byte)((pending << (8 - bits)) | (0xFFu >> bits)));
        return [.. packed];
    }

    private static Dictionary<char, (int Code, int Bits)> Count()
    {
        Dictionary<char, (int Code, int Bits)> codes = [];
        var (next, last) = (0, 0);
        foreach (var (bits, characters) in Lengths)
        {
            next <<= bits - last;
            last = bits;
            foreach (var character in characters)
                codes[character] = (next++, bits);
        }

        return codes;
    }
}
