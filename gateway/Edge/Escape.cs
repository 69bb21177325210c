namespace Gateway;

/// <summary>One percent-encoded byte of RFC 3986 section 2.1: <c>%</c> and two hexadecimal digits of either case.</summary>
internal static class Escape
{
    /// <summary>Characters an escape takes.</summary>
    public const int Length = 3;

    /// <summary>Reads the escape that <paramref name="text"/> begins with.</summary>
    /// <returns>False when it does not begin with a whole one.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, out byte value)
    {
        value = 0;
        if (text is not ['%', var high, var low, ..] || !char.IsAsciiHexDigit(high) || !char.IsAsciiHexDigit(low))
            return false;
        value = (byte)((Digit(high) << 4) | Digit(low));
        return true;
    }

    /// <summary>Decodes every whole escape into one character of Latin-1 and copies the rest.</summary>
    /// <param name="text">What to decode.</param>
    /// <param name="decoded">At least as long as <paramref name="text"/>.</param>
    /// <returns>How much of <paramref name="decoded"/> was written.</returns>
    public static int Decode(ReadOnlySpan<char> text, Span<char> decoded)
    {
        var written = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (TryRead(text[at..], out var value))
                at += Length - 1;
            decoded[written++] = value is 0 ? text[at] : (char)value;
        }

        return written;
    }

    private static int Digit(char digit) => digit <= '9' ? digit - '0' : (digit | ' ') - 'a' + 10;
}
