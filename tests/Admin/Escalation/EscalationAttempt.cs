namespace Gateway.Tests;

/// <summary>One way in which somebody got more than they held, somewhere, tried on this API.</summary>
/// <param name="Name">What is tried.</param>
/// <param name="Source">Where it was found; our own idea when empty.</param>
/// <param name="Actor">The key that tries, as a body of a create.</param>
/// <param name="Target">The key it is tried on, likewise; null for a new one.</param>
/// <param name="Call">Method and what follows the key's path.</param>
/// <param name="Body">What is sent; null for nothing.</param>
/// <param name="Refusal">The status and the code it has to be answered.</param>
public sealed record EscalationAttempt(
    string Name,
    string Source,
    string Actor,
    string? Target,
    string Call,
    string? Body,
    string Refusal = EscalationAttempt.Beyond
)
{
    /// <summary>More than the actor holds.</summary>
    public const string Beyond = "403 INSUFFICIENT_PERMISSIONS";

    /// <summary>Not to be stated.</summary>
    public const string NotAField = "400 VALIDATION_FAILED";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
