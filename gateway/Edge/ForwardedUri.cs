using System.Buffers;
using System.Text;

namespace Gateway;

/// <summary>Builds the URI of an upstream request without letting <see cref="Uri"/> improve it.</summary>
internal static class ForwardedUri
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~!$&'()*+,=:@"
    );

    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Joins what it is given and parses only the authority.</summary>
    /// <param name="prefix">Scheme and authority of the destination, perhaps with a path.</param>
    /// <param name="path">A path that begins with a slash and is safe to send, perhaps with its query.</param>
    /// <param name="query">Empty, or a query with its question mark.</param>
    public static Uri Create(string prefix, string path, string query)
    {
        var start = prefix.EndsWith('/') && path is ['/', ..] ? prefix.AsSpan(0, prefix.Length - 1) : prefix;
        return new Uri(string.Concat(start, path, query), AsIs);
    }

    /// <summary>Encodes a path that a transform of the route has changed. After the guard nothing a client sent is a
    /// percent sign once decoded, so whatever escape is still there was written by whoever wrote the route.</summary>
    public static string EncodePath(string path)
    {
        var special = path.AsSpan().IndexOfAnyExcept(Plain);
        if (special < 0)
            return path;
        var encoded = new StringBuilder(path, 0, special, path.Length + 16);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in path.AsSpan(special).EnumerateRunes())
        {
            if (rune.Value is '%' || (rune.IsAscii && Plain.Contains((char)rune.Value)))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var part in bytes[..rune.EncodeToUtf8(bytes)])
                encoded.Append('%').Append(part.ToString("X2", null));
        }

        return encoded.ToString();
    }
}
