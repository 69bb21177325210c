using Gateway.Keys;

namespace Gateway;

/// <summary>What the checks said of a request.</summary>
/// <param name="Reason">Why it is refused; null when it is allowed.</param>
/// <param name="Wallet">The wallet judged; null for none.</param>
/// <param name="Grants">What the key may do on this request: narrowed by the wallet's binding.</param>
public readonly record struct Verdict(DenyReason? Reason, string? Wallet, Grants Grants)
{
    /// <summary>
    /// Whether it stands although changes may have been missed. A revoked key stays revoked and a key's environment
    /// never changes; every other refusal a change could have lifted.
    /// </summary>
    public bool IsFinal => Reason is DenyReason.RevokedApiKey or DenyReason.EnvironmentNotAllowed;
}
