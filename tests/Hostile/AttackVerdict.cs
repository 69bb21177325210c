namespace Gateway.Tests;

/// <summary>What came of a request.</summary>
/// <param name="Attack">The request.</param>
/// <param name="Answer">What came back.</param>
/// <param name="Arrived">Lines of the requests that arrived upstream, also those that never came to an end.</param>
/// <param name="Escalation">A protected resource that was reached without being granted, or an upstream that was told
/// something false; null for none.</param>
/// <param name="Faults">Everything that is not as expected, the escalation included.</param>
public sealed record AttackVerdict(
    AttackCase Attack,
    AttackAnswer Answer,
    IReadOnlyList<string> Arrived,
    string? Escalation,
    IReadOnlyList<string> Faults
)
{
    /// <summary>Whether nothing arrived.</summary>
    public bool IsRefused => Arrived.Count is 0;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Attack} ({Attack.Source}): {string.Join("; ", Faults)} [answered {Answer.Status}]";
}
