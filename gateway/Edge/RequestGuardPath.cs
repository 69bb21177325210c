using System.Buffers;
using System.Text;

namespace Gateway;

/// <summary>
/// The path as it came over the wire, before anybody decoded, trimmed or resolved it. Kestrel resolves dot segments
/// and decodes most escapes, upstreams do more or less of the same, and a permission that hangs on the path is worth
/// what their agreement is worth. So whatever two readers could disagree on is refused, and what is left is forwarded
/// byte for byte (<see cref="ForwardedTarget"/>).
/// </summary>
internal static class RequestGuardPath
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> Plain = SearchValues.Create(Letters + "/-._~!$&'()*+,=:@");

    /// <summary>Judges the path of a request target.</summary>
    /// <param name="path">The target up to its question mark.</param>
    /// <param name="escapes">Gets the escapes that the matched route must allow.</param>
    /// <returns>Why it is refused, for the log; null when it is not.</returns>
    public static string? Judge(ReadOnlySpan<char> path, ref EncodedSet escapes)
    {
        if (path is not ['/', ..])
            return "the target is not in origin form";
        // A segment that ends in a dot is . or .. or a name some file systems and servers trim.
        if (path[^1] is '.' || path.Contains("./", StringComparison.Ordinal))
            return "a path segment ends in a dot";
        if (path.Contains("//", StringComparison.Ordinal))
            return "the path has an empty segment";
        var special = path.IndexOfAnyExcept(Plain);
        return special < 0 ? null : JudgeEscapes(path, special, ref escapes);
    }

    private static string? JudgeEscapes(ReadOnlySpan<char> path, int at, ref EncodedSet escapes)
    {
        var text = default(UnicodeText);
        text.Pass(path[at - 1]);
        while (at < path.Length)
        {
            if (!Escape.TryRead(path[at..], out var value))
            {
                if (!Plain.Contains(path[at]))
                    return "the path has a character that must be escaped or an escape that is not one";
                text.Pass(path[at++]);
            }
            else if (value < 0x80)
            {
                at += Escape.Length;
                if (!IsAllowed((char)value, path[at..], ref escapes))
                    return "the path has an escape that is never allowed or a segment that ends in a space";
                text.Pass((char)value);
            }
            else if (!TryReadScalar(path[at..], out var scalar, out var length) || !text.Accept(scalar))
            {
                return "the path has escapes that are not plain UTF-8 text";
            }
            else
            {
                at += length;
            }
        }

        return null;
    }

    // What a route must allow is remembered: routing comes later.
    private static bool IsAllowed(char character, ReadOnlySpan<char> rest, ref EncodedSet escapes)
    {
        if (EncodedSet.NeedsPermission(character))
            escapes = escapes.With(character);
        var endsSegment = rest is [] or ['/', ..];
        return !EncodedSet.IsNeverAllowed(character) && !(character is ' ' && endsSegment);
    }

    // Reads the two to four escapes of one scalar value. The decoder knows overlong forms, surrogates and truncation.
    private static bool TryReadScalar(ReadOnlySpan<char> text, out int scalar, out int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        var count = 0;
        while (count < bytes.Length && Escape.TryRead(text[(count * Escape.Length)..], out bytes[count]))
            count++;
        var status = Rune.DecodeFromUtf8(bytes[..count], out var rune, out var consumed);
        (scalar, length) = (rune.Value, consumed * Escape.Length);
        return status is OperationStatus.Done;
    }
}
