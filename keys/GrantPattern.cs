namespace Gateway.Keys;

/// <summary>
/// One grant, as a set of permission names: every name (<c>*</c>), the names that begin with <c>vm.</c>
/// (<c>vm.*</c>), those that end with <c>:read</c> (<c>*:read</c>), or one name. The separator belongs to the text that
/// is compared, so only whole segments match, at least one is left for the wildcard, and <c>.</c> is never taken for
/// <c>:</c>.
/// </summary>
internal readonly record struct GrantPattern(GrantPattern.Kind Shape, string Text)
{
    internal enum Kind
    {
        Name,
        Beginning,
        Ending,
        Everything,
    }

    /// <summary>Reads a grant that <see cref="Grants.IsGrant"/> accepts.</summary>
    internal static GrantPattern Of(string grant) =>
        grant switch
        {
            "*" => new(Kind.Everything, ""),
            ['*', ..] => new(Kind.Ending, grant[1..]),
            [.., '*'] => new(Kind.Beginning, grant[..^1]),
            _ => new(Kind.Name, grant),
        };

    /// <summary>As a grant writes it.</summary>
    internal string Grant =>
        Shape switch
        {
            Kind.Name => Text,
            Kind.Beginning => Text + "*",
            Kind.Ending => "*" + Text,
            _ => "*",
        };

    /// <summary>Whether a well-formed name is in the set. Such a name neither begins nor ends with a separator, so that
    /// what begins with <c>vm.</c> has a segment after it.</summary>
    internal bool Contains(string name) =>
        Shape switch
        {
            Kind.Name => string.Equals(name, Text, StringComparison.Ordinal),
            Kind.Beginning => name.StartsWith(Text, StringComparison.Ordinal),
            Kind.Ending => name.EndsWith(Text, StringComparison.Ordinal),
            _ => true,
        };

    /// <summary>Whether every name of the other set is in this one.</summary>
    internal bool Covers(GrantPattern other) =>
        (Shape, other.Shape) switch
        {
            (Kind.Everything, _) => true,
            (_, Kind.Name) => Contains(other.Text),
            (Kind.Beginning, Kind.Beginning) => other.Text.StartsWith(Text, StringComparison.Ordinal),
            (Kind.Ending, Kind.Ending) => other.Text.EndsWith(Text, StringComparison.Ordinal),
            _ => false,
        };

    /// <summary>Whether some name is in both sets. A beginning and an ending always share one: theirs put together.</summary>
    internal bool Overlaps(GrantPattern other) =>
        (Shape, other.Shape) switch
        {
            (Kind.Beginning, Kind.Ending) or (Kind.Ending, Kind.Beginning) => true,
            _ => Covers(other) || other.Covers(this),
        };
}
