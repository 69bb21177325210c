using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway;

/// <summary>Builds the URI of an upstream request without letting <see cref="Uri"/> improve it.</summary>
internal static class ForwardedUri
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~!$&'()*+,=:@"
    );

    // Some two megabytes when every place is taken by the longest. A client that knows how places are found can make
    // others' targets be forgotten, which costs them what it would without.
    private const int PlaceCount = 1 << 10;
    private const int LongestKept = 256;

    private static readonly Place?[] Places = new Place?[PlaceCount];

    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>As <see cref="Create"/>, remembering what was asked for lately: clients ask for the same again and again,
    /// and parsing an address and looking up its parts takes as long as judging a key.</summary>
    public static Uri Of(string prefix, string target)
    {
        if (target.Length > LongestKept)
            return Create(prefix, target, "");
        ref var place = ref Places[XxHash3.HashToUInt64(MemoryMarshal.AsBytes(target.AsSpan())) & (PlaceCount - 1)];
        if (
            Volatile.Read(ref place) is { } known
            && ReferenceEquals(known.Prefix, prefix)
            && string.Equals(known.Target, target, StringComparison.Ordinal)
        )
            return known.Uri;
        var uri = Create(prefix, target, "");
        // Whatever it works out when first asked is worked out before others share it.
        _ = (uri.IdnHost, uri.Port, uri.PathAndQuery);
        Volatile.Write(ref place, new Place(prefix, target, uri));
        return uri;
    }

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

    private sealed record Place(string Prefix, string Target, Uri Uri);
}
