using Gateway.Keys;

namespace Gateway;

/// <summary>What the checks said of a request.</summary>
/// <param name="Reason">Why it is refused; null when it is allowed.</param>
/// <param name="Wallet">The wallet judged; null for none.</param>
/// <param name="Grants">What the key may do on this request: narrowed by the wallet's binding.</param>
public readonly record struct Verdict(DenyReason? Reason, string? Wallet, Grants Grants)
{
    /// <summary>
    /// Whether it stands although changes may have been missed: a revoked key stays revoked. Every other refusal a change
    /// could have lifted, or have put another before it: what a key of the wrong environment is told once it is disabled.
    /// </summary>
    public bool IsFinal => Reason is DenyReason.RevokedApiKey;
}
