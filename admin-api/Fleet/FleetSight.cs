using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// What this process has itself seen of the fleet, by its own monotonic clock. A gateway is lost once its renewal counter
/// has stood still for its lease and the longest staleness of its routes, and one per cent for two clocks that run
/// apart: the last renewal was sent before the counter was first seen, so both are over. Not safe for threads; the one
/// loop of <see cref="FleetWatch"/> owns it.
/// </summary>
internal sealed class FleetSight(TimeProvider clock)
{
    private const double ClockDrift = 1.01;

    private readonly Dictionary<string, Sight> _open = new(StringComparer.Ordinal);

    // Also of rows that are closed meanwhile: an acknowledgement names only the incarnation.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private sealed record Sight(GatewayRow Row, long UnchangedSince);

    /// <summary>Takes in the rows as read just now: all that are open, and at first, for their names, the closed too.</summary>
    public void Observe(IReadOnlyList<GatewayRow> rows)
    {
        var now = clock.GetTimestamp();
        var before = _open.ToDictionary();
        _open.Clear();
        foreach (var row in rows)
        {
            _names[row.Incarnation] = row.InstanceId;
            if (row.State == GatewayRow.Closed)
                continue;
            var stoodStill = before.TryGetValue(row.Incarnation, out var seen) && seen.Row.Renewals == row.Renewals;
            _open[row.Incarnation] = new Sight(row, stoodStill ? seen!.UnchangedSince : now);
        }
    }

    /// <summary>Those that can no longer judge by anything they hold.</summary>
    public List<GatewayRow> Lost() =>
        [.. _open.Values.Where(s => clock.GetElapsedTime(s.UnchangedSince) >= Span(s.Row)).Select(s => s.Row)];

    /// <summary>Forgets one whose row was closed.</summary>
    public void Forget(GatewayRow row) => _open.Remove(row.Incarnation);

    /// <summary>The receipt of a change as things stand.</summary>
    /// <param name="change">Its number.</param>
    /// <param name="acknowledged">Its acknowledgements.</param>
    /// <param name="committed">A timestamp at which it was committed for sure.</param>
    public Propagation Judge(long change, IReadOnlyList<Acknowledgement> acknowledged, long committed)
    {
        var known = acknowledged.Select(a => a.Incarnation).ToHashSet(StringComparer.Ordinal);
        var pending = _open
            .Values.Where(s => s.Row.Applied < change && !known.Contains(s.Row.Incarnation))
            .Select(s => new PendingGateway(s.Row.InstanceId, s.Row.Incarnation, GuaranteedBy(s.Row, committed)))
            .ToList();
        var applied = acknowledged
            .Select(a => new AppliedGateway(NameOf(a.Incarnation), a.Incarnation, a.AppliedAfterMs, a.StreamsClosed))
            .ToList();
        return new Propagation(change, pending.Count == 0, applied, pending);
    }

    // A renewal that was sent before the commit may still count; one that was sent later brings the change with it.
    private DateTimeOffset GuaranteedBy(GatewayRow row, long committed) =>
        (clock.GetUtcNow() + Span(row) - clock.GetElapsedTime(committed)).AddMilliseconds(1).ToMilliseconds();

    private static TimeSpan Span(GatewayRow row) => (row.Lease + row.MaxStaleness) * ClockDrift;

    private string NameOf(string incarnation) => _names.GetValueOrDefault(incarnation, incarnation);
}
