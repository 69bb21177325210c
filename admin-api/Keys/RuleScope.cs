namespace Gateway.Admin;

/// <summary>Which rules of a key are asked about.</summary>
/// <param name="Stated">The fields that were stated now; null for all. What was stated before may have become wrong since
/// and stays as it is.</param>
/// <param name="Unreadable">The fields that could not be read; null for none.</param>
public readonly record struct RuleScope(IReadOnlySet<string>? Stated, IReadOnlySet<string>? Unreadable = null)
{
    /// <summary>Every rule.</summary>
    public static RuleScope All => default;

    /// <summary>Whether to look at a rule about these fields: one of them was stated, and none is unreadable.</summary>
    public bool Asks(params ReadOnlySpan<string> fields)
    {
        var isStated = Stated is null;
        foreach (var field in fields)
        {
            if (Unreadable?.Contains(field) == true)
                return false;
            isStated |= Stated?.Contains(field) == true;
        }
        return isStated;
    }
}
