namespace Gateway;

/// <summary>
/// A set of percent-encoded ASCII characters a path contains or a route allows. Most escapes need no permission and
/// some never get it, so only three characters can be members: <c>;</c>, <c>?</c> and <c>#</c>, which begin something
/// new in a URL when they are not escaped, and which upstreams disagree on when they are.
/// </summary>
public readonly record struct EncodedSet
{
    private const string Members = ";?#";

    // Decoded once too often, each of these makes another path of this one.
    private const string Never = "/\\.%";

    private readonly byte _bits;

    private EncodedSet(int bits) => _bits = (byte)bits;

    /// <summary>Whether nothing is in it.</summary>
    public bool IsEmpty => _bits is 0;

    /// <summary>Whether everything in it is also in <paramref name="allowed"/>.</summary>
    public bool IsWithin(EncodedSet allowed) => (_bits & ~allowed._bits) is 0;

    /// <summary>
    /// Reads a route's <c>AllowEncoded</c>: the characters themselves, spaces between them or not, or their escapes
    /// (<c>; ?</c> and <c>%3B%3F</c> mean the same). What is allowed anyway may be named and adds nothing.
    /// </summary>
    /// <param name="characters">What the route says; empty for nothing.</param>
    /// <param name="problem">Why it was refused; null when it was not.</param>
    public static EncodedSet Parse(string characters, out string? problem)
    {
        problem = null;
        var set = default(EncodedSet);
        for (var at = 0; at < characters.Length && problem is null; at++)
        {
            var character = characters[at];
            if (character is '%' && Escape.TryRead(characters.AsSpan(at), out var escaped))
                (character, at) = ((char)escaped, at + Escape.Length - 1);
            if (IsNeverAllowed(character))
                problem = $"the escape %{(int)character:X2} is never allowed";
            else if (NeedsPermission(character))
                set = set.With(character);
        }

        return problem is null ? set : default;
    }

    /// <summary>Whether a path may have the escape of a character only where the route says so.</summary>
    internal static bool NeedsPermission(char character) => Members.Contains(character);

    /// <summary>Whether no path may have the escape of a character: separators, dots, a second escape, controls. What
    /// is beyond ASCII is text and judged as such, never by this set.</summary>
    internal static bool IsNeverAllowed(char character) => character is < ' ' or > '~' || Never.Contains(character);

    /// <summary>This set and a character that needs permission.</summary>
    internal EncodedSet With(char character) => new(_bits | (1 << Members.IndexOf(character)));
}
