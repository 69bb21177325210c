using System.Buffers;

namespace Gateway.Keys;

/// <summary>
/// What the id of a wallet looks like. It stands in paths, queries and headers, and is compared there byte by byte: nothing
/// in it is ever escaped, folded or lost, and it does not end in a dot, which as a path segment the gateway refuses. So what
/// is judged is, letter by letter, what upstreams are told.
/// </summary>
public static class WalletIds
{
    /// <summary>Characters an id has at most.</summary>
    public const int MaxLength = 200;

    private static readonly SearchValues<char> Characters = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._:@"
    );

    /// <summary>Whether a text can be the id of a wallet.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> id) =>
        id.Length is > 0 and <= MaxLength && !id.ContainsAnyExcept(Characters) && id[^1] is not '.';
}
