using System.Globalization;
using System.Text;

namespace Gateway;

/// <summary>
/// The common log format and whatever begins like it, the combined format above all:
/// <code>192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /x?y=1 HTTP/1.1" 200 17 "referer" "agent"</code>
/// Bytes are read as Latin-1, each as one character, and the escapes that nginx and Apache write are undone, so that the
/// request line is again what came over the wire.
/// </summary>
internal static class LogText
{
    /// <summary>Reads a line.</summary>
    public static LoggedRequest Read(ReadOnlySpan<byte> line)
    {
        var text = Encoding.Latin1.GetString(line);
        var quote = text.IndexOf("] \"", StringComparison.Ordinal) is >= 0 and var end
            ? end + 2
            : text.IndexOf('"', StringComparison.Ordinal);
        if (quote < 0 || !TryReadQuoted(text, quote + 1, out var request, out var next))
            return new(LogLineKind.Unreadable);
        return LoggedRequest.OfLine(request, null, ReadStatus(text.AsSpan(next)));
    }

    // A status is three digits; "-" is none.
    private static int? ReadStatus(ReadOnlySpan<char> rest)
    {
        var word = rest.TrimStart(' ');
        word = word.IndexOf(' ') is >= 0 and var end ? word[..end] : word;
        return word.Length == 3 && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : null;
    }

    private static bool TryReadQuoted(string text, int start, out string quoted, out int next)
    {
        var read = new StringBuilder();
        (quoted, next) = ("", start);
        while (next < text.Length)
        {
            if (text[next] == '"')
            {
                quoted = read.ToString();
                next++;
                return true;
            }
            next += ReadCharacter(text.AsSpan(next), out var character);
            read.Append(character);
        }
        return false;
    }

    private static int ReadCharacter(ReadOnlySpan<char> text, out char character)
    {
        character = text[0];
        if (character != '\\' || text.Length < 2)
            return 1;
        if (
            text[1] == 'x'
            && text.Length >= 4
            && byte.TryParse(text[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
        )
        {
            character = (char)value;
            return 4;
        }
        character = text[1] switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            var other => other,
        };
        return 2;
    }
}
