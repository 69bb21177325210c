namespace Gateway.Tests;

/// <summary>Something in a history that a correct fleet cannot have done.</summary>
/// <param name="Rule">Its name, as in <see cref="Checker"/>.</param>
/// <param name="Sentence">What is wrong.</param>
/// <param name="Events">What shows it.</param>
public sealed record Violation(string Rule, string Sentence, IReadOnlyList<HistoryEvent> Events);

/// <summary>
/// Judges a <see cref="History"/> by what SPEC promises, and knows nothing of how the product keeps it. Each rule says
/// next to its code why a correct fleet can never break it, and what it would miss.
/// <code>
///   CheckerFeed          phantom-write        a change that no write explains
///                        receipt-lies         numbers that two writes claim, gaps, order; gateways left out; promises too late
///   CheckerWrites        lost-write           answered and not there; shown otherwise than written
///                        limit                too many keys, or refused with room left
///   CheckerCalls         stale-accept         on a record from before a complete receipt
///                        late-accept          on a record that was guaranteed to be gone
///                        wrong-accept         on no record there ever was
///                        too-stale            cut off for longer than lease and staleness
///                        valid-refused        a key that every admissible record allows
///                        wrong-code           refused for a reason no admissible record gives
///                        unavailable          503 or no answer, and nothing was wrong
///   CheckerStreams       stream-outlives      open although its key is refused
///                        stream-cut           closed although its key is valid
///                        stream-count         not as many as the receipt says
///   CheckerUses          last-used-backwards  last used went back
///                        use-lost             fewer uses in the store than clients saw, or more than were made
/// </code>
/// It is a pure function; half a million calls take it some seconds.
/// </summary>
public static class Checker
{
    /// <summary>Everything in it that a correct fleet cannot have done.</summary>
    public static IReadOnlyList<Violation> Check(History history)
    {
        var evidence = new CheckerEvidence(history);
        return
        [
            .. CheckerWrites.Check(evidence),
            .. CheckerReceipts.Check(evidence),
            .. CheckerCalls.Check(evidence),
            .. CheckerStreams.Check(evidence),
            .. CheckerUses.Check(evidence),
        ];
    }
}
