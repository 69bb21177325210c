using System.Globalization;
using System.Text;

namespace Gateway.Tests;

/// <summary>A run in numbers, for people.</summary>
public static class ChaosReport
{
    // More than these of one rule say nothing new.
    private const int ShownOfARule = 5;
    private const int ShownEvents = 8;

    /// <summary>What was done and what came of it.</summary>
    public static string Of(History history, IReadOnlyList<Violation> violations)
    {
        var text = new StringBuilder();
        Line("calls", Counts(history.All<Call>(), c => c.Status == 0 ? "no answer" : $"{c.Status} {c.Code}".TrimEnd()));
        Line("writes", Counts(history.All<AdminWrite>(), w => $"{w.Kind} {w.Outcome}"));
        Line("receipts", Counts(Receipts(history), r => r.Complete ? "complete" : "incomplete"));
        Line("read later", Counts(history.All<ReceiptRead>(), r => r.Receipt.Complete ? "complete" : "incomplete"));
        Line("faults", Counts(history.All<Fault>(), f => $"{f.Kind} {f.Target}"));
        Line("streams", Counts(history.All<StreamLife>(), EndOf));
        Line("lives", Counts(history.All<ProcessLife>(), l => $"{l.Gateway} {(l.Killed ? "killed" : "stopped")}"));
        Line("violations", Counts(violations, v => v.Rule));
        foreach (var rule in violations.GroupBy(v => v.Rule))
        {
            foreach (var violation in rule.Take(ShownOfARule))
                Describe(violation);
        }
        return text.ToString().TrimEnd();

        void Line(string name, string counts) => text.AppendLine(CultureInfo.InvariantCulture, $"{name, -11}{counts}");

        void Describe(Violation violation)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"! {violation.Rule}: {violation.Sentence}");
            foreach (var happened in violation.Events.Take(ShownEvents))
                text.AppendLine(CultureInfo.InvariantCulture, $"    {happened}");
        }
    }

    private static IEnumerable<Receipt> Receipts(History history) =>
        history.All<AdminWrite>().Select(w => w.Receipt).OfType<Receipt>();

    private static string EndOf(StreamLife stream) =>
        stream.Closed is null ? "open at the end"
        : stream.ByGateway ? "ended by the gateway"
        : "ended by the client";

    private static string Counts<T>(IEnumerable<T> items, Func<T, string> of)
    {
        var groups = items.GroupBy(of).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        var all = groups.Sum(g => g.Count());
        return all == 0 ? "none" : $"{all}: " + string.Join(", ", groups.Select(g => $"{g.Count()} {g.Key}"));
    }
}
