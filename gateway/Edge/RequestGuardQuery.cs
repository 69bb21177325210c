using System.Buffers;
using Gateway.Keys;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// Keys where they do not belong. A key in a query string ends up in access logs, browser histories and Referer
/// headers (RFC 6750 section 5.3), one in a cookie is sent by a browser that nobody asked. Both are refused rather
/// than ignored, so that whoever does it finds out before it becomes a habit.
/// </summary>
internal static class RequestGuardQuery
{
    // Longer texts are rare enough to rent.
    private const int OnStack = 512;

    private static readonly SearchValues<string> KeyNames = SearchValues.Create(
        ["access_token", "api_key"],
        StringComparison.OrdinalIgnoreCase
    );

    // RFC 3986 allows less, browsers and clients send more: everything visible but a fragment.
    private static readonly SearchValues<char> Visible = SearchValues.Create([
        .. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c is not '#'),
    ]);

    /// <summary>Judges the query of a request target.</summary>
    /// <param name="query">What follows the question mark; empty when there is none.</param>
    /// <param name="format">Knows our keys.</param>
    /// <returns>Why it is refused, for the log; null when it is not.</returns>
    public static string? Judge(ReadOnlySpan<char> query, KeyFormat format)
    {
        if (query.IsEmpty)
            return null;
        if (query.ContainsAnyExcept(Visible))
            return "the query has a character that must be escaped";
        if (NamesKey(query))
            return "the query names a credential";
        return HoldsKey(query, format) ? "the query holds a key" : null;
    }

    /// <summary>Judges the cookies.</summary>
    public static string? JudgeCookies(StringValues cookies, KeyFormat format)
    {
        for (var i = 0; i < cookies.Count; i++)
        {
            if (HoldsKey(cookies[i], format))
                return "a cookie holds a key";
        }

        return null;
    }

    private static bool NamesKey(ReadOnlySpan<char> query)
    {
        if (!query.Contains('%') && !query.ContainsAny(KeyNames))
            return false;
        foreach (var parameter in query.Split('&'))
        {
            var name = query[parameter];
            name = name.IndexOf('=') is >= 0 and var end ? name[..end] : name;
            if (IsKeyName(name))
                return true;
        }

        return false;
    }

    // An escape is three characters of one: whatever decodes to a name we look for is at most three times as long.
    private static bool IsKeyName(ReadOnlySpan<char> name)
    {
        Span<char> decoded = stackalloc char["access_token".Length * Escape.Length];
        if (name.Length > decoded.Length)
            return false;
        ReadOnlySpan<char> plain = decoded[..Escape.Decode(name, decoded)];
        return plain.Equals("access_token", StringComparison.OrdinalIgnoreCase)
            || plain.Equals("api_key", StringComparison.OrdinalIgnoreCase);
    }

    private static bool HoldsKey(ReadOnlySpan<char> text, KeyFormat format) =>
        format.ContainsKey(text) || (text.Contains('%') && HoldsEscapedKey(text, format));

    private static bool HoldsEscapedKey(ReadOnlySpan<char> text, KeyFormat format)
    {
        var rented = text.Length > OnStack ? ArrayPool<char>.Shared.Rent(text.Length) : null;
        var decoded = rented ?? stackalloc char[OnStack];
        var holds = format.ContainsKey(decoded[..Escape.Decode(text, decoded)]);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented, clearArray: true);
        return holds;
    }
}
