namespace Gateway.Tests;

/// <summary>One way in which somebody got more than they held, somewhere, tried on this API.</summary>
/// <param name="Name">What is tried.</param>
/// <param name="Source">Where it was found; our own idea when empty.</param>
/// <param name="Actor">The key that tries, as a body of a create.</param>
/// <param name="Target">The key it is tried on, likewise; null for a new one, <see cref="Itself"/> for the actor.</param>
/// <param name="Call">Method and what follows the key's path.</param>
/// <param name="Body">What is sent; null for nothing.</param>
/// <param name="Refusal">The status and the code it has to be answered.</param>
/// <param name="IsDisabled">Whether the key it is tried on has been disabled.</param>
public sealed record EscalationAttempt(
    string Name,
    string Source,
    string Actor,
    string? Target,
    string Call,
    string? Body,
    string Refusal = EscalationAttempt.Beyond,
    bool IsDisabled = false
)
{
    /// <summary>More than the actor holds.</summary>
    public const string Beyond = "403 INSUFFICIENT_PERMISSIONS";

    /// <summary>Not to be stated.</summary>
    public const string NotAField = "400 VALIDATION_FAILED";

    /// <summary>A change by a key to itself.</summary>
    public const string OfItself = "400 SELF_MODIFICATION";

    /// <summary>The key that tries.</summary>
    public const string Itself = "itself";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
