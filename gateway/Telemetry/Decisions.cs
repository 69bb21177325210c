using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Counts decisions by route and reason, and how long they took. The counters are plain numbers that a scrape reads, so
/// that counting costs a request an increment.
/// </summary>
public sealed class Decisions
{
    /// <summary>Route of requests that no route took, or that the guard refused before one was looked for.</summary>
    public const string NoRoute = "";

    private readonly ConcurrentDictionary<string, long[]> _byRoute = new(StringComparer.Ordinal);

    /// <summary>Registers the instrument.</summary>
    public Decisions(IMeterFactory meters, TimeProvider clock)
    {
        Times = new DecisionTimes(clock);
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableCounter("gateway.decisions", Read, null, "Decisions by outcome, reason and route");
    }

    /// <summary>How long they took.</summary>
    internal DecisionTimes Times { get; }

    /// <summary>Counts one decision.</summary>
    /// <param name="route">The route's policy.</param>
    /// <param name="reason">Why it was refused; null when it was allowed.</param>
    /// <param name="started">When the decision began.</param>
    public void Count(RoutePolicy route, DenyReason? reason, Moment started)
    {
        Count(route.Counts ??= CountsOf(route.RouteId), reason);
        Times.Record(started);
    }

    /// <summary>Counts a refusal from before there was a route.</summary>
    public void Count(string route, DenyReason? reason) => Count(CountsOf(route), reason);

    // One array for a route, whichever version of its policy is in force.
    private long[] CountsOf(string route) => _byRoute.GetOrAdd(route, static _ => new long[Denials.All.Count + 1]);

    private static void Count(long[] counts, DenyReason? reason) =>
        Interlocked.Increment(ref counts[reason is { } r ? (int)r + 1 : 0]);

    private IEnumerable<Measurement<long>> Read()
    {
        foreach (var (route, counts) in _byRoute)
        {
            for (var i = 0; i < counts.Length; i++)
            {
                if (Volatile.Read(ref counts[i]) is > 0 and var count)
                    yield return new(count, Tags(route, i == 0 ? null : (DenyReason)(i - 1)));
            }
        }
    }

    private static KeyValuePair<string, object?>[] Tags(string route, DenyReason? reason) =>
        [
            new(
                "outcome",
                reason is null ? "allowed"
                    : reason == DenyReason.VerificationUnavailable ? "undecided"
                    : "denied"
            ),
            new("reason", reason is { } r ? Denials.For(r).Code : ""),
            new("route", route),
        ];
}
