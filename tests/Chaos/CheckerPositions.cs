namespace Gateway.Tests;

/// <summary>A number that is reached at an instant of the run.</summary>
internal sealed record Reached(TimeSpan At, long Number);

/// <summary>Numbers that only rise as the run goes on.</summary>
internal sealed class Rising
{
    private readonly List<Reached> _reached = [];

    public Rising(IEnumerable<Reached> reached)
    {
        foreach (var next in reached.OrderBy(r => r.At))
        {
            if (_reached.Count == 0 || next.Number > _reached[^1].Number)
                _reached.Add(next);
        }
    }

    /// <summary>The highest number by an instant, that instant included; 0 for none.</summary>
    public long By(TimeSpan at) =>
        Search.LastWhere(_reached, r => r.At <= at) is >= 0 and var last ? _reached[last].Number : 0;

    /// <summary>The first instant at which a number, or a higher one, is reached; null for never.</summary>
    public TimeSpan? FirstAt(long number)
    {
        var next = Search.LastWhere(_reached, r => r.Number < number) + 1;
        return next < _reached.Count ? _reached[next].At : null;
    }
}

/// <summary>
/// What each gateway must know of, by receipts. "Knows of n" means every change up to n: gateways apply them in order.
/// <code>
///   when the receipt of n came and
///     it is complete                                                      every gateway knows of n
///     it is not, and a gateway has acknowledged, or only others pend      that gateway knows of n
///     it is not, and a gateway pends                                      that gateway, from guaranteedBy on
///   when a process starts                                                 it knows of all that was answered before
/// </code>
/// A receipt that is not complete and names nobody says that the admin process could not look, and nothing else.
/// An acknowledgement by any incarnation of a label counts for the label: its process has applied the change, or is gone
/// and a later one has begun with what the store had then.
/// </summary>
internal sealed class CheckerPositions
{
    private readonly Dictionary<string, Rising> _byReceipt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Rising> _inForce = new(StringComparer.Ordinal);
    private readonly Rising _answered;

    public CheckerPositions(History history, CheckerClock clock)
    {
        var receipts = Receipts(history).ToList();
        var lives = history.All<ProcessLife>().ToList();
        _answered = new Rising(receipts.Select(r => new Reached(r.At, r.Receipt.Change)));
        foreach (
            var gateway in lives.Select(l => l.Gateway).Concat(history.All<Call>().Select(c => c.Gateway)).Distinct()
        )
        {
            var byReceipt = receipts
                .Where(r => SaysItKnows(r.Receipt, gateway))
                .Select(r => new Reached(r.At, r.Receipt.Change))
                .Concat(lives.Where(l => l.Gateway == gateway).Select(l => new Reached(l.Started, Answered(l.Started))))
                .ToList();
            var late =
                from r in receipts
                where !SaysItKnows(r.Receipt, gateway)
                from pending in r.Receipt.Pending.Where(p => p.Gateway == gateway)
                group clock.ToRun(pending.GuaranteedBy) + Allowance.Clock by (r.Receipt.Change, r.At) into promises
                select new Reached(Max(promises.Max(), promises.Key.At), promises.Key.Change);
            _byReceipt[gateway] = new Rising(byReceipt);
            _inForce[gateway] = new Rising(byReceipt.Concat(late));
        }
    }

    /// <summary>Every receipt, and when it had come.</summary>
    public static IEnumerable<(TimeSpan At, Receipt Receipt)> Receipts(History history) =>
        history
            .All<AdminWrite>()
            .Where(w => w.Outcome == WriteOutcome.Done && w.Receipt is not null)
            .Select(w => (w.End, w.Receipt!))
            .Concat(history.All<ReceiptRead>().Select(r => (r.End, r.Receipt)));

    /// <summary>The last change that somebody had been answered about: it had been committed by then.</summary>
    public long Answered(TimeSpan at) => _answered.By(at);

    /// <summary>When a change had been committed for sure; null when nobody was answered about it.</summary>
    public TimeSpan? CommittedBy(long number) => _answered.FirstAt(number);

    /// <summary>The last change a gateway must know of, by receipts that were complete for it.</summary>
    public long ByReceipt(string gateway, TimeSpan at) => _byReceipt.GetValueOrDefault(gateway)?.By(at) ?? 0;

    /// <summary>The last change a gateway must know of, by those and by promises that were due.</summary>
    public long InForce(string gateway, TimeSpan at) => _inForce.GetValueOrDefault(gateway)?.By(at) ?? 0;

    /// <summary>From when on a gateway must know of a change; null for never.</summary>
    public TimeSpan? InForceFrom(string gateway, long number) => _inForce.GetValueOrDefault(gateway)?.FirstAt(number);

    private static bool SaysItKnows(Receipt receipt, string gateway) =>
        receipt.Complete
        || receipt.Gateways.Any(g => g.Gateway == gateway)
        || (receipt.Pending.Count > 0 && receipt.Pending.All(p => p.Gateway != gateway));

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
