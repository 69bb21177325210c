namespace Gateway.Tests;

/// <summary>receipt-lies: rules about receipts and the numbers of changes.</summary>
internal static class CheckerReceipts
{
    public static IEnumerable<Violation> Check(CheckerEvidence evidence) =>
        Gaps(evidence)
            .Concat(OutOfOrder(evidence))
            .Concat(
                CheckerPositions
                    .Receipts(evidence.History)
                    .Select(r => Contradiction(evidence, r.At, r.Receipt))
                    .OfType<Violation>()
            )
            .Concat(evidence.Feed.Owners.Values.Distinct().SelectMany(w => Omissions(evidence, w)));

    // Sound: numbers come from a counter row that is locked until the commit.
    private static IEnumerable<Violation> Gaps(CheckerEvidence evidence)
    {
        var entries = evidence.Feed.Entries;
        for (var i = 1; i < entries.Count; i++)
        {
            if (entries[i].Number != entries[i - 1].Number + 1)
                yield return Lie(
                    $"After change {entries[i - 1].Number} comes {entries[i].Number}.",
                    entries[i - 1],
                    entries[i]
                );
        }
    }

    // Sound: the counter row is locked last, so numbers are in commit order: a write that began after another was
    // answered has the higher one. Only writes whose change it is for sure are compared.
    private static IEnumerable<Violation> OutOfOrder(CheckerEvidence evidence)
    {
        AdminWrite? latest = null;
        foreach (var (number, write) in evidence.Feed.Owners.OrderBy(o => o.Key))
        {
            if (latest is not null && write.End < latest.Begin)
                yield return Lie(
                    $"Change {number} has a higher number than one that began after it was answered.",
                    latest,
                    write
                );
            if (latest is null || write.Begin > latest.Begin)
                latest = write;
        }
    }

    // Sound: complete means that nobody pends; and who pends is bounded by its lease and the longest staleness from the
    // commit on, which came before the answer.
    private static Violation? Contradiction(CheckerEvidence evidence, TimeSpan at, Receipt receipt)
    {
        if (receipt.Complete && receipt.Pending.Count > 0)
            return Lie($"The receipt of {receipt.Change} is complete, and {receipt.Pending[0].Gateway} pends.");
        var latest = at + evidence.LostAfter + Allowance.Cut;
        return receipt.Pending.Any(p => evidence.Clock.ToRun(p.GuaranteedBy) > latest)
            ? Lie($"The receipt of {receipt.Change} promises later than lease and staleness would have it.")
            : null;
    }

    // Sound: a gateway that was ready before the write began has its row in the store, so it is waited for until it
    // acknowledges, stops, or has been silent for lease and staleness; either way the receipt names it, or it was in
    // trouble. One whose acknowledgement failed says with its next renewal what it has applied, and is not waited for
    // without having acknowledged: so trouble that is over excuses it too.
    private static IEnumerable<Violation> Omissions(CheckerEvidence evidence, AdminWrite write)
    {
        var receipt = write.Receipt!;
        if (!receipt.Complete && receipt.Pending.Count == 0)
            yield break;
        var named = receipt.Gateways.Select(g => g.Gateway).Concat(receipt.Pending.Select(p => p.Gateway)).ToHashSet();
        foreach (var life in evidence.Lives.Where(l => l.Ready <= write.Begin && !(l.Ended <= write.End)))
        {
            if (!named.Contains(life.Gateway) && !MayBeLost(evidence, life.Gateway, write))
                yield return Lie(
                    $"{life.Gateway} is up, and the receipt of {receipt.Change} does not name it.",
                    write,
                    life
                );
        }
    }

    private static bool MayBeLost(CheckerEvidence evidence, string gateway, AdminWrite write)
    {
        if (evidence.Troubles.Of(gateway, write.Begin, write.End) is not { } trouble)
            return false;
        var standsStill = trouble.Faults.All(f => f.End > write.End && f.Kind is FaultKind.Pause or FaultKind.Cut);
        return !standsStill || write.End - trouble.Begin >= evidence.LostAfter - Allowance.Renewal;
    }

    private static Violation Lie(string sentence, params HistoryEvent[] events) =>
        new("receipt-lies", sentence, events);
}
