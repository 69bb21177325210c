namespace Gateway.Tests;

/// <summary>An incarnation of a simulated gateway, as the store's table has it: a row that is open from one instant to
/// another. One that is silent for lease and staleness is closed, and its process begins another.</summary>
internal sealed record SimulatedIncarnation(
    string Name,
    SimulatedGateway Gateway,
    SimulatedLife Life,
    SimulatedSpan Open
);

/// <summary>What receipts of a simulated fleet say, at any instant.</summary>
internal sealed class SimulatedReceipts
{
    private static readonly TimeSpan Trip = TimeSpan.FromMilliseconds(2);

    // An admin process looks now and then.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);

    private readonly SimulatedFleet _fleet;
    private readonly TimeSpan _lostAfter;
    private readonly List<SimulatedIncarnation> _incarnations;

    public SimulatedReceipts(SimulatedFleet fleet)
    {
        var header = fleet.Header;
        var staleness =
            fleet.Flaw == SimulatedFlaw.ForgetsStaleness ? TimeSpan.Zero : header.Routes.Max(r => r.MaxStaleness);
        (_fleet, _lostAfter) = (fleet, (header.Lease + staleness) * Allowance.Drift);
        _incarnations = [.. fleet.Gateways.SelectMany(Rows)];
    }

    /// <summary>When the receipt of a change is complete.</summary>
    public TimeSpan CompleteAt(long number) =>
        Waited(number)
            .Select(i => Earlier(Acknowledged(i, number), i.Open.End))
            .Append(_fleet.Store.Committed(number) + Trip)
            .Max();

    /// <summary>The receipt as it stands at an instant. What streams were closed is not told before all are.</summary>
    public Receipt At(long number, TimeSpan at)
    {
        var acknowledged = Waited(number).Where(i => Acknowledged(i, number) <= at).ToList();
        var pending = Waited(number).Except(acknowledged).Where(i => i.Open.End > at).ToList();
        var committed = _fleet.Store.Committed(number);
        return new Receipt(
            number,
            pending.Count == 0,
            [.. acknowledged.Select(i => Told(i, number, committed))],
            [
                .. pending.Select(i => new ReceiptPending(
                    i.Gateway.Name,
                    i.Name,
                    SimulatedFleet.Epoch + committed + _lostAfter
                )),
            ]
        );
    }

    private static ReceiptGateway Told(SimulatedIncarnation incarnation, long number, TimeSpan committed)
    {
        var life = incarnation.Life;
        var after = (long)(life.Applied[number] - committed).TotalMilliseconds;
        return new ReceiptGateway(
            incarnation.Gateway.Name,
            incarnation.Name,
            after,
            life.Closed.GetValueOrDefault(number)
        );
    }

    private IEnumerable<SimulatedIncarnation> Waited(long number) =>
        _incarnations.Where(i => i.Open.Has(_fleet.Store.Committed(number)));

    private static TimeSpan? Acknowledged(SimulatedIncarnation incarnation, long number) =>
        incarnation.Life.Applied.TryGetValue(number, out var applied) && applied + Trip < incarnation.Open.End
            ? applied + Trip
            : null;

    private IEnumerable<SimulatedIncarnation> Rows(SimulatedGateway gateway)
    {
        foreach (var life in gateway.Lives)
        {
            var (from, count) = (life.Registered, 0);
            foreach (var outage in gateway.Outages.Where(o => o.Begin >= life.Started && o.Begin < life.Ended))
            {
                var lost = LostAt(gateway, outage);
                if (lost >= outage.End)
                    continue;
                yield return Row(new SimulatedSpan(from, lost), count++);
                from = outage.End + TimeSpan.FromMilliseconds(30);
            }
            var end = life.Killed ? LostAt(gateway, new SimulatedSpan(life.Ended, TimeSpan.MaxValue)) : life.Ended;
            yield return Row(new SimulatedSpan(from, end), count);

            SimulatedIncarnation Row(SimulatedSpan open, int number) =>
                new($"{life.Name}.{number}", gateway, life, open);
        }
    }

    private TimeSpan LostAt(SimulatedGateway gateway, SimulatedSpan outage) =>
        _fleet.Flaw == SimulatedFlaw.ForgetsWhoIsCutOff
            ? outage.Begin
            : gateway.LastRenewal(outage) + _lostAfter + Look;

    private static TimeSpan Earlier(TimeSpan? one, TimeSpan other) => one < other ? one.Value : other;
}
