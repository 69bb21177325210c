using System.Collections.Concurrent;
using System.Text;
using Gateway.Keys;
using Gateway.Telemetry;

namespace Gateway;

/// <summary>
/// A counter by route and reason. It is written past the framework, which folds whatever it has more than 2,000 series of
/// into one: a thousand routes with three outcomes each are more. Its labels are the ids of the routes file and our own
/// codes, so nothing that a client sends makes a series.
/// </summary>
/// <param name="family">Name of the metric.</param>
/// <param name="help">What it says, in one line.</param>
/// <param name="namesOutcome">Whether each series says <c>allowed</c>, <c>denied</c> or <c>undecided</c>.</param>
internal sealed class RouteCounts(string family, string help, bool namesOutcome)
{
    private readonly ConcurrentDictionary<string, long[]> _byRoute = new(StringComparer.Ordinal);

    /// <summary>The counts of a route: one array, whichever version of its policy is in force.</summary>
    public long[] Of(string route) => _byRoute.GetOrAdd(route, static _ => new long[Denials.All.Count + 1]);

    /// <summary>Counts one.</summary>
    /// <param name="counts">The route's.</param>
    /// <param name="reason">Why it was refused; null when it was not.</param>
    public static void Count(long[] counts, DenyReason? reason) =>
        Interlocked.Increment(ref counts[reason is { } r ? (int)r + 1 : 0]);

    /// <summary>Writes it out.</summary>
    public void Write(StringBuilder text)
    {
        text.Append($"# HELP {family} {help}\n# TYPE {family} counter\n");
        foreach (var (route, counts) in _byRoute)
        {
            var label = PrometheusText.Escape(route);
            for (var i = 0; i < counts.Length; i++)
            {
                if (Volatile.Read(ref counts[i]) is > 0 and var count)
                    Write(text, label, i == 0 ? null : (DenyReason)(i - 1), count);
            }
        }
    }

    private void Write(StringBuilder text, string route, DenyReason? reason, long count)
    {
        text.Append(family).Append('{');
        if (namesOutcome)
            text.Append("outcome=\"").Append(Decisions.OutcomeOf(reason)).Append("\",");
        text.Append("reason=\"").Append(reason is { } r ? Denials.For(r).Code : "");
        text.Append("\",route=\"").Append(route).Append("\"} ").Append(count).Append('\n');
    }
}
