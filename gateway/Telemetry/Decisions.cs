using System.Text;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Counts what became of requests: decisions by outcome, reason and route, how long they took, and what went wrong after an
/// accept. Plain numbers that a scrape reads, so that counting costs a request an increment.
/// </summary>
public sealed class Decisions(TimeProvider clock)
{
    /// <summary>Route of requests that no route took, or that the guard refused before one was looked for.</summary>
    public const string NoRoute = "";

    private readonly RouteCounts _decided = new(
        "gateway_decisions_total",
        "Decisions by outcome, reason and route",
        namesOutcome: true
    );

    private readonly RouteCounts _failed = new(
        "gateway_forwarding_failures_total",
        "Accepted requests that could not be forwarded or answered, by reason and route",
        namesOutcome: false
    );

    /// <summary>How long they took.</summary>
    internal DecisionTimes Times { get; } = new(clock);

    /// <summary>Counts one decision.</summary>
    /// <param name="route">The route's policy.</param>
    /// <param name="reason">Why it was refused; null when it was allowed.</param>
    /// <param name="started">When the decision began.</param>
    public void Count(RoutePolicy route, DenyReason? reason, Moment started)
    {
        RouteCounts.Count(route.Counts ??= _decided.Of(route.RouteId), reason);
        Times.Record(started);
    }

    /// <summary>Counts a refusal from before there was a route.</summary>
    public void Count(string route, DenyReason? reason) => RouteCounts.Count(_decided.Of(route), reason);

    /// <summary>Counts an accepted request that was not forwarded, or not answered by its upstream.</summary>
    public void Failed(string route, DenyReason reason) => RouteCounts.Count(_failed.Of(route), reason);

    /// <summary>The word for what became of a request: <c>allowed</c>, <c>denied</c> or <c>undecided</c>.</summary>
    /// <param name="reason">Why it was refused; null when it was allowed.</param>
    internal static string OutcomeOf(DenyReason? reason) =>
        reason is null ? "allowed"
        : reason == DenyReason.VerificationUnavailable ? "undecided"
        : "denied";

    /// <summary>Writes all of it out.</summary>
    internal void Write(StringBuilder text)
    {
        _decided.Write(text);
        _failed.Write(text);
        Times.Write(text);
    }
}
