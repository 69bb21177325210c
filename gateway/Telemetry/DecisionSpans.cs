using System.Diagnostics;
using Gateway.Keys;
using Gateway.Telemetry;

namespace Gateway;

/// <summary>
/// Each decision as a span of its request's trace: <c>gateway.decision</c> with <c>gateway.route</c>,
/// <c>gateway.outcome</c>, <c>gateway.reason</c> and <c>gateway.key.id</c>. It is made once the decision has been, so that
/// without an exporter a request pays one look at whether anybody listens.
/// </summary>
internal static class DecisionSpans
{
    private const string Name = "gateway.decision";

    private static readonly ActivitySource Source = new(Tracing.Decisions);

    /// <summary>Records a decision on a route.</summary>
    /// <param name="route">The route's id.</param>
    /// <param name="reason">Why it was refused; null when it was allowed.</param>
    /// <param name="keyId">Whose request it is; null where no key was recognised.</param>
    /// <param name="started">When the decision began.</param>
    public static void Record(string route, DenyReason? reason, string? keyId, Moment started)
    {
        if (Source.HasListeners())
            Add(route, reason, keyId, new DateTimeOffset(started.LocalTicks, TimeSpan.Zero));
    }

    /// <summary>Records a refusal from before there was a route.</summary>
    public static void Record(DenyReason reason)
    {
        if (Source.HasListeners())
            Add(Gateway.Decisions.NoRoute, reason, null, default);
    }

    private static void Add(string route, DenyReason? reason, string? keyId, DateTimeOffset started)
    {
        KeyValuePair<string, object?>[] tags =
        [
            new("gateway.route", route),
            new("gateway.outcome", Gateway.Decisions.OutcomeOf(reason)),
            new("gateway.reason", reason is { } r ? Denials.For(r).Code : ""),
            .. keyId is null ? [] : new KeyValuePair<string, object?>[] { new("gateway.key.id", keyId) },
        ];
        // Its parent is the request's span.
        using var span = Source.StartActivity(
            Name,
            ActivityKind.Internal,
            default(ActivityContext),
            tags,
            null,
            started
        );
    }
}
