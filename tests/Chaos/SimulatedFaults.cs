namespace Gateway.Tests;

/// <summary>What is done to a simulated fleet, and what that makes of its gateways' lives.</summary>
internal sealed class SimulatedFaults
{
    private readonly SimulatedDice _dice;
    private readonly TimeSpan _end;
    private readonly Dictionary<string, TimeSpan> _busyUntil = new(StringComparer.Ordinal);

    public SimulatedFaults(SimulatedDice dice, IReadOnlyList<SimulatedGateway> gateways, TimeSpan end)
    {
        (_dice, _end) = (dice, end);
        foreach (var gateway in gateways)
            Begin(gateway, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        for (var at = TimeSpan.FromSeconds(6); at < end - TimeSpan.FromSeconds(20); at += dice.Ms(1000, 20_000))
            Break(gateways, at);
        foreach (var gateway in gateways)
        {
            Finish(gateway, end, killed: false);
            Faults.Add(new Fault(end - TimeSpan.FromMilliseconds(1), end, FaultKind.Stop, gateway.Name));
        }
    }

    public List<Fault> Faults { get; } = [];

    public List<SimulatedSpan> StoreOutages { get; } = [];

    private void Break(IReadOnlyList<SimulatedGateway> gateways, TimeSpan at)
    {
        if (_dice.Chance(0.1))
            Faults.Add(new Fault(at, at + _dice.Ms(500, 4000), FaultKind.Kill, FaultTargets.Redis));
        else if (_dice.Chance(0.15))
            CutStore(gateways, at, at + _dice.Ms(500, 9000));
        else
            Break(_dice.Of(gateways), at);
    }

    private void CutStore(IReadOnlyList<SimulatedGateway> gateways, TimeSpan from, TimeSpan to)
    {
        if (gateways.Any(g => IsBusy(g.Name, from)))
            return;
        Faults.Add(new Fault(from, to, FaultKind.Cut, FaultTargets.Store));
        StoreOutages.Add(new SimulatedSpan(from, to));
        foreach (var gateway in gateways)
        {
            gateway.Outages.Add(new SimulatedSpan(from, to));
            _busyUntil[gateway.Name] = to + TimeSpan.FromSeconds(1);
        }
    }

    private void Break(SimulatedGateway gateway, TimeSpan at)
    {
        if (IsBusy(gateway.Name, at))
            return;
        var kind = _dice.Of([FaultKind.Pause, FaultKind.Cut, FaultKind.Kill, FaultKind.Stop]);
        var to = at + (_dice.Chance(0.25) ? _dice.Ms(12_000, 24_000) : _dice.Ms(300, 7000));
        to = to < _end - TimeSpan.FromSeconds(5) ? to : _end - TimeSpan.FromSeconds(5);
        Faults.Add(new Fault(at, to, kind, gateway.Name));
        _busyUntil[gateway.Name] = to + TimeSpan.FromSeconds(1);
        if (kind is FaultKind.Pause or FaultKind.Cut)
            gateway.Outages.Add(new SimulatedSpan(at, to));
        if (kind == FaultKind.Pause)
            gateway.Pauses.Add(new SimulatedSpan(at, to));
        if (kind is FaultKind.Kill or FaultKind.Stop)
        {
            Finish(gateway, at + TimeSpan.FromMilliseconds(20), kind == FaultKind.Kill);
            Begin(gateway, to - TimeSpan.FromMilliseconds(200), to);
        }
    }

    private bool IsBusy(string gateway, TimeSpan at) => _busyUntil.GetValueOrDefault(gateway) > at;

    private static void Begin(SimulatedGateway gateway, TimeSpan started, TimeSpan ready)
    {
        var registered = started + ((ready - started) / 2);
        var life = new SimulatedLife(
            $"{gateway.Name}#{gateway.Lives.Count}",
            started,
            registered,
            TimeSpan.MaxValue,
            false
        );
        gateway.Lives.Add(life);
    }

    private static void Finish(SimulatedGateway gateway, TimeSpan at, bool killed) =>
        gateway.Lives[^1] = gateway.Lives[^1] with { Ended = at, Killed = killed };
}
