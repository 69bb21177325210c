using System.Net;

namespace Gateway.Keys;

/// <summary>
/// One hop of a forwarding header. Lines are taken apart from the right, as the hops are read: a quote left open by
/// whoever wrote the left part then cannot swallow what a proxy appended.
/// </summary>
internal static class ForwardedHop
{
    private const int MaxPort = 65535;

    /// <summary>Takes the last hop off a line.</summary>
    /// <returns>Whether something is left of it: another hop.</returns>
    internal static bool TakeLast(ref ReadOnlySpan<char> line, ForwardedHeader kind, out ReadOnlySpan<char> hop)
    {
        var comma = kind == ForwardedHeader.Forwarded ? LastUnquoted(line, ',') : line.LastIndexOf(',');
        hop = Trim(line[(comma + 1)..]);
        line = comma < 0 ? [] : line[..comma];
        return comma >= 0;
    }

    /// <summary>The address a hop names; false when it names none or could be read in two ways.</summary>
    internal static bool TryRead(ReadOnlySpan<char> hop, ForwardedHeader kind, out IPAddress? address)
    {
        address = null;
        if (kind == ForwardedHeader.XForwardedFor)
            return TryReadNode(hop, bareV6: true, out address);
        return TryFindFor(hop, out var node, out var quoted)
            && (quoted || !node.ContainsAny(':', '[', ']')) // not token characters
            && TryReadNode(node, bareV6: false, out address);
    }

    // RFC 7239 section 6, without "unknown" and obfuscated names, which say nothing about the client. Proxies write
    // addresses with a port, and X-Forwarded-For has IPv6 addresses without brackets.
    private static bool TryReadNode(ReadOnlySpan<char> node, bool bareV6, out IPAddress? address)
    {
        address = null;
        if (node is ['[', ..])
        {
            var end = node.IndexOf(']');
            return end > 0
                && IsPortOrNothing(node[(end + 1)..])
                && node[1..end].Contains(':')
                && StrictAddress.TryParse(node[1..end], out address);
        }
        var colon = node.IndexOf(':');
        if (colon < 0 || (bareV6 && node[(colon + 1)..].Contains(':')))
            return StrictAddress.TryParse(node, out address);
        return IsPortOrNothing(node[colon..]) && StrictAddress.TryParse(node[..colon], out address);
    }

    private static bool IsPortOrNothing(ReadOnlySpan<char> text) =>
        text is [] || (text is [':', .. var port] && StrictAddress.TryParseDecimal(port, MaxPort, out _));

    // The value of the one "for" parameter of an element: for=192.0.2.1;proto=https
    private static bool TryFindFor(ReadOnlySpan<char> element, out ReadOnlySpan<char> node, out bool quoted)
    {
        node = [];
        quoted = false;
        var found = false;
        for (var more = true; more; )
        {
            var semicolon = LastUnquoted(element, ';');
            var pair = Trim(element[(semicolon + 1)..]);
            more = semicolon >= 0;
            element = more ? element[..semicolon] : [];

            var equals = pair.IndexOf('=');
            if (equals < 0 ? pair.Length > 0 : !IsToken(pair[..equals]))
                return false;
            if (equals < 0 || !pair[..equals].Equals("for", StringComparison.OrdinalIgnoreCase))
                continue;
            if (found || !TryUnquote(pair[(equals + 1)..], out node, out quoted))
                return false;
            found = true;
        }
        return found;
    }

    // An address needs no backslash, and a quote inside would be one.
    private static bool TryUnquote(ReadOnlySpan<char> value, out ReadOnlySpan<char> text, out bool quoted)
    {
        quoted = value is ['"', _, .., '"'];
        text = quoted ? value[1..^1] : value;
        return !text.ContainsAny('"', '\\');
    }

    // The last separator outside quotes, looking from the right. A quote after an odd number of backslashes is escaped.
    private static int LastUnquoted(ReadOnlySpan<char> text, char separator)
    {
        var inQuotes = false;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (text[i] == '"' && !(inQuotes && IsEscaped(text, i)))
                inQuotes = !inQuotes;
            else if (text[i] == separator && !inQuotes)
                return i;
        }
        return -1;
    }

    private static bool IsEscaped(ReadOnlySpan<char> text, int at)
    {
        var before = text[..at];
        return (before.Length - before.TrimEnd('\\').Length) % 2 == 1;
    }

    private static bool IsToken(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c))
                return false;
        return name.Length > 0;
    }

    // Optional whitespace of RFC 9110 section 5.6.3: space and tab, nothing else.
    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text) => text.Trim(" \t");
}
