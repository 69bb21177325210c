using System.Collections.Frozen;

namespace Gateway.Keys;

/// <summary>
/// A list of grants, compiled: what a key, a role or an actor may do. Immutable. A grant is a permission name, <c>*</c>,
/// or a name with <c>*</c> as its first or last segment; <c>!</c> in front (roles only) takes away and always wins.
/// Asking allocates nothing: plain names are in a hash set, the few wildcards in an array.
/// </summary>
public sealed class Grants
{
    /// <summary>The longest name or grant, in characters.</summary>
    public const int MaxLength = 100;

    private readonly GrantPattern[] _granted;
    private readonly GrantPattern[] _excluded;
    private readonly GrantPattern[] _wildcards;
    private readonly FrozenSet<string> _plain;

    private Grants(string[] names)
    {
        Names = names;
        _granted = [.. names.Where(n => n[0] != '!').Select(GrantPattern.Of)];
        _excluded = [.. names.Where(n => n[0] == '!').Select(n => GrantPattern.Of(n[1..]))];
        _wildcards = [.. _granted.Where(g => g.Shape != GrantPattern.Kind.Name)];
        _plain = _granted
            .Where(g => g.Shape == GrantPattern.Kind.Name)
            .Select(g => g.Text)
            .ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Nothing is granted.</summary>
    public static Grants Empty { get; } = new([]);

    /// <summary>The grants as written, exclusions with their <c>!</c>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The same in one text, separated by spaces.</summary>
    public string Text => field ??= string.Join(' ', Names);

    /// <summary>Whether nothing is granted.</summary>
    public bool IsEmpty => _granted.Length == 0;

    /// <summary>Compiles a list.</summary>
    /// <param name="grants">The list as written.</param>
    /// <param name="allowExclusions">Whether <c>!</c> is taken: in roles it is, on keys it is not.</param>
    /// <param name="problems">Gets one line for each grant that cannot be read.</param>
    /// <param name="where">What each line begins with, such as the setting or the field.</param>
    /// <returns>The compiled list, or <see cref="Empty"/> when there was any problem: with one exclusion misread, the
    /// rest would grant too much.</returns>
    public static Grants Parse(
        IEnumerable<string> grants,
        bool allowExclusions,
        ICollection<string> problems,
        string where
    )
    {
        string[] names = [.. grants];
        var before = problems.Count;
        foreach (var name in names)
            if (Problem(name, allowExclusions) is { } problem)
                problems.Add($"{where}: {problem}");
        return problems.Count > before || names.Length == 0 ? Empty : new Grants(names);
    }

    /// <summary>Whether a permission is granted. What is not a plain permission name never is.</summary>
    public bool Allows(string permission)
    {
        if (!_plain.Contains(permission) && !(AnyContains(_wildcards, permission) && IsPermission(permission)))
            return false;
        return !AnyContains(_excluded, permission);
    }

    /// <summary>
    /// Whether all that is asked for is within these: every grant asked for is covered by one of these, and every
    /// exclusion of these that overlaps it is covered by an exclusion of what is asked for. May say no where a subtler
    /// argument would say yes; never the other way round.
    /// </summary>
    public bool Covers(Grants asked)
    {
        foreach (var grant in asked._granted)
        {
            if (!Array.Exists(_granted, g => g.Covers(grant)))
                return false;
            foreach (var exclusion in _excluded)
                if (exclusion.Overlaps(grant) && !Array.Exists(asked._excluded, e => e.Covers(exclusion)))
                    return false;
        }
        return true;
    }

    /// <summary>
    /// What these and others both grant, as a list that can be written down. Where a beginning meets an ending
    /// (<c>vm.*</c> and <c>*:read</c>) no grant can say it, and the list leaves it out: it says less, never more.
    /// </summary>
    public Grants Meet(Grants other)
    {
        var both = new List<GrantPattern>();
        foreach (var mine in _granted)
        {
            foreach (var theirs in other._granted)
            {
                if (mine.Covers(theirs))
                    both.Add(theirs);
                else if (theirs.Covers(mine))
                    both.Add(mine);
            }
        }
        var without = _excluded.Concat(other._excluded).Where(e => both.Exists(e.Overlaps));
        string[] names = [.. both.Select(g => g.Grant).Concat(without.Select(e => "!" + e.Grant)).Distinct()];
        return both.Count == 0 ? Empty : new Grants(names);
    }

    /// <summary>Whether a text is a plain permission name: segments of <c>[a-z0-9-]</c> with <c>.</c> or <c>:</c>
    /// between them, at most 100 characters.</summary>
    public static bool IsPermission(string name) => name is { Length: > 0 and <= MaxLength } && AreSegments(name);

    /// <summary>Whether a text is a grant: a permission name, <c>*</c>, or a name whose first or last segment is
    /// <c>*</c>.</summary>
    public static bool IsGrant(string text) =>
        text switch
        {
            null or "" or { Length: > MaxLength } => false,
            "*" => true,
            ['*', '.' or ':', ..] => AreSegments(text.AsSpan(2)),
            [.., '.' or ':', '*'] => AreSegments(text.AsSpan(0, text.Length - 2)),
            _ => AreSegments(text),
        };

    private static bool AreSegments(ReadOnlySpan<char> text)
    {
        var inSegment = false;
        foreach (var c in text)
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
                inSegment = true;
            else if (c is '.' or ':' && inSegment)
                inSegment = false;
            else
                return false;
        }
        return inSegment;
    }

    private static bool AnyContains(GrantPattern[] patterns, string name)
    {
        foreach (var pattern in patterns)
            if (pattern.Contains(name))
                return true;
        return false;
    }

    private static string? Problem(string? grant, bool allowExclusions)
    {
        if (grant is ['!', .. var excluded])
        {
            if (!allowExclusions)
                return $"'{Clip(grant)}': '!' is only for roles; list what is granted";
            grant = excluded;
        }
        return IsGrant(grant!)
            ? null
            : $"'{Clip(grant)}' is not a grant: a permission such as 'tokens:read', or '*', 'tokens:*', '*:read'";
    }

    private static string Clip(string? text) => text is { Length: > MaxLength } ? text[..MaxLength] + "…" : text ?? "";
}
