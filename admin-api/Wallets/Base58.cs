namespace Gateway.Admin;

/// <summary>Base58 in Bitcoin's alphabet, as Solana writes addresses and signatures.</summary>
public static class Base58
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>
    /// Decodes into exactly <paramref name="destination"/>'s length. Every value has one spelling: what decodes to
    /// more or fewer bytes, has too many or too few leading <c>1</c>, or a foreign character, is refused.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        // The work grows with text times destination; a value never needs more than two characters a byte.
        if (text.IsEmpty || text.Length > destination.Length * 2)
            return false;
        destination.Clear();
        foreach (var c in text)
            if (!TryPush(c, destination))
                return false;
        // Each leading zero byte is written as one leading 1, and nothing else is.
        return Leading(text, '1') == Leading(destination, (byte)0);
    }

    // destination = destination * 58 + digit, big endian.
    private static bool TryPush(char c, Span<byte> destination)
    {
        var carry = Alphabet.IndexOf(c, StringComparison.Ordinal);
        if (carry < 0)
            return false;
        for (var i = destination.Length - 1; i >= 0; i--)
        {
            carry += destination[i] * 58;
            destination[i] = (byte)carry;
            carry >>= 8;
        }
        return carry == 0;
    }

    private static int Leading<T>(ReadOnlySpan<T> items, T value)
        where T : IEquatable<T>
    {
        var end = items.IndexOfAnyExcept(value);
        return end < 0 ? items.Length : end;
    }
}
