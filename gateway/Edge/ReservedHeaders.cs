using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// The one place where a client's headers are cleared of what only the gateway may say (SPEC 6). Call it once, after
/// the credential and the client address were read and before the identity headers are set: what is set afterwards
/// stays, since YARP does not act on <c>Connection</c> and what it names was removed here.
/// </summary>
public static class ReservedHeaders
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Exact =
        ReservedNames.Exact.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Standard =
        ReservedNames.Standard.GetAlternateLookup<ReadOnlySpan<char>>();

    // By first character of the folded name. Bit n of the lengths is set when a reserved name has length n: one load and
    // two tests dispose of Accept, User-Agent and nearly everything a client really sends.
    private static readonly string[][] Prefixes = GroupPrefixes();
    private static readonly ulong[] Lengths = GroupLengths();

    /// <summary>Removes every reserved header, every header that <c>Connection</c> names as its own (RFC 9110 section
    /// 7.6.1), and an <c>Upgrade</c> to anything but WebSocket.</summary>
    /// <remarks>An upgrade is dropped rather than refused: a server may ignore it (RFC 9110 section 7.8), and clients
    /// that merely offer h2c expect to be answered in HTTP/1.1.</remarks>
    public static void Strip(IHeaderDictionary headers) => Strip(headers, EdgeRules.None);

    /// <summary>The same without the rules that a test has taken out.</summary>
    internal static void Strip(IHeaderDictionary headers, EdgeRules without)
    {
        using (var copied = new CopiedHeaders(headers))
        {
            foreach (var (name, _) in copied.All)
            {
                if (IsReserved(name) && (without & EdgeRules.Reserved) is EdgeRules.None)
                    headers.Remove(name);
            }
        }

        if (headers.Connection is { Count: > 0 } connection && (without & EdgeRules.Nominated) is EdgeRules.None)
            StripNominated(headers, connection);
        if (
            headers.Upgrade is { Count: > 0 } upgrade
            && !IsWebSocket(upgrade)
            && (without & EdgeRules.Upgrade) is EdgeRules.None
        )
            headers.Remove("Upgrade");
    }

    /// <summary>Whether a client may not send this header to an upstream, however it spells it.</summary>
    public static bool IsReserved(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !MayBeReserved(name))
            return false;
        Span<char> folded = stackalloc char[Math.Min(name.Length, ReservedNames.MaxExactLength)];
        var isStandardSpelling = Fold(name, folded);
        foreach (var prefix in Prefixes[folded[0]])
        {
            if (folded.StartsWith(prefix))
                return true;
        }

        return name.Length <= ReservedNames.MaxExactLength
            && (Exact.Contains(folded) || (!isStandardSpelling && Standard.Contains(folded)));
    }

    /// <summary>Whether an upstream could take two header names for the same.</summary>
    public static bool SameWhenFolded(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        if (one.Length != other.Length)
            return false;
        for (var i = 0; i < one.Length; i++)
        {
            if (FoldOne(one[i]) != FoldOne(other[i]))
                return false;
        }

        return true;
    }

    /// <summary>Whether an <c>Upgrade</c> header asks for WebSocket and nothing else.</summary>
    internal static bool IsWebSocket(StringValues upgrade) =>
        upgrade.Count is 1 && "websocket".Equals(upgrade[0], StringComparison.OrdinalIgnoreCase);

    private static bool MayBeReserved(ReadOnlySpan<char> name)
    {
        var first = FoldOne(name[0]);
        return Prefixes[first].Length > 0
            || (name.Length <= ReservedNames.MaxExactLength && (Lengths[first] >> name.Length & 1) is not 0);
    }

    // Returns whether nothing but case was folded.
    private static bool Fold(ReadOnlySpan<char> name, Span<char> folded)
    {
        var isStandard = true;
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = FoldOne(name[i]);
            isStandard &= folded[i] is not '-' || name[i] is '-';
        }

        return isStandard;
    }

    private static char FoldOne(char character) =>
        char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character) : '-';

    private static void StripNominated(IHeaderDictionary headers, StringValues connection)
    {
        for (var i = 0; i < connection.Count; i++)
        {
            var options = connection[i].AsSpan();
            foreach (var option in options.Split(','))
            {
                var name = options[option].Trim(" \t");
                if (!IsKept(name))
                    headers.Remove(name.ToString());
            }
        }
    }

    // The first three are options, not headers; the others decide where the message goes and where it ends, and are not
    // a client's to take away (HTTP2-Settings, TE and their like are never copied by YARP).
    private static bool IsKept(ReadOnlySpan<char> option) =>
        option.IsEmpty
        || Is(option, "close")
        || Is(option, "keep-alive")
        || Is(option, "upgrade")
        || Is(option, "connection")
        || Is(option, "host")
        || Is(option, "content-length")
        || Is(option, "transfer-encoding");

    private static bool Is(ReadOnlySpan<char> option, string name) =>
        option.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string[][] GroupPrefixes() =>
        [.. Enumerable.Range(0, 128).Select(c => ReservedNames.Prefixes.Where(p => p[0] == c).ToArray())];

    private static ulong[] GroupLengths()
    {
        var lengths = new ulong[128];
        foreach (var name in ReservedNames.Exact.Concat(ReservedNames.Standard))
            lengths[name[0]] |= 1UL << name.Length;
        return lengths;
    }
}
