namespace Gateway.Tests;

/// <summary>Does what the schedule says to a fleet, and undoes it.</summary>
public sealed class FaultInjector(Fleet fleet, History history, RunClock clock, GatewayLives lives)
{
    private readonly Dictionary<string, SemaphoreSlim> _turns = fleet
        .Processes.Select(p => p.Name)
        .Append("")
        .ToDictionary(n => n, _ => new SemaphoreSlim(1));

    private int _desksInTrouble;
    private long _desksWellSince;
    private int _active;
    private int _injected;

    /// <summary>Faults that are over.</summary>
    public int Injected => Volatile.Read(ref _injected);

    /// <summary>Faults at work now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Whether nothing has been done for so long to an admin API, to the store or to the way between.</summary>
    public bool DesksAreWell(TimeSpan since) =>
        Volatile.Read(ref _desksInTrouble) == 0
        && clock.Now - TimeSpan.FromTicks(Interlocked.Read(ref _desksWellSince)) >= since;

    /// <summary>Runs a schedule; returns when everything is as it was.</summary>
    public Task RunAsync(IReadOnlyList<PlannedFault> faults, TimeSpan start, CancellationToken stop) =>
        Task.WhenAll(faults.Select(f => InjectAsync(f, start, stop)));

    private async Task InjectAsync(PlannedFault fault, TimeSpan start, CancellationToken stop)
    {
        await clock.UntilAsync(start + fault.At, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stop.IsCancellationRequested)
            return;
        // What is done to a process itself is done in turn: it must be there.
        var turn = fault.Part is ChaosPart.Process or ChaosPart.Store or ChaosPart.Redis ? _turns[fault.Process] : null;
        await (turn?.WaitAsync(CancellationToken.None) ?? Task.CompletedTask);
        var troublesDesks = TroublesDesks(fault);
        Interlocked.Add(ref _desksInTrouble, troublesDesks);
        Interlocked.Increment(ref _active);
        var begin = clock.Now;
        try
        {
            await BeginAsync(fault);
            await Task.Delay(fault.Length, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await EndAsync(fault);
        }
        finally
        {
            Interlocked.Exchange(ref _desksWellSince, clock.Now.Ticks);
            Interlocked.Add(ref _desksInTrouble, -troublesDesks);
            Interlocked.Decrement(ref _active);
            turn?.Release();
        }
        history.Add(new Fault(begin, clock.Now, KindOf(fault.Action), TargetOf(fault)));
        Interlocked.Increment(ref _injected);
    }

    private Task BeginAsync(PlannedFault fault) =>
        fault.Part switch
        {
            ChaosPart.Process => BeginAsync(fault, Process(fault)),
            ChaosPart.Store when IsOnServer(fault) => fleet.Postgres!.DownAsync(
                fault.Action == ChaosAction.Stop ? "fast" : "immediate"
            ),
            ChaosPart.Redis when fault.Action == ChaosAction.Pause => Do(fleet.Redis!.Pause),
            ChaosPart.Redis => fleet.Redis!.DownAsync(),
            _ => Do(() => Break(fault)),
        };

    private Task EndAsync(PlannedFault fault) =>
        fault.Part switch
        {
            ChaosPart.Process => EndAsync(fault, Process(fault)),
            ChaosPart.Store when IsOnServer(fault) => fleet.Postgres!.UpAsync(),
            ChaosPart.Redis when fault.Action == ChaosAction.Pause => Do(fleet.Redis!.Resume),
            ChaosPart.Redis => fleet.Redis!.UpAsync(),
            _ => Do(() => Mend(fault)),
        };

    private async Task BeginAsync(PlannedFault fault, FleetProcess process)
    {
        if (fault.Action == ChaosAction.Pause)
        {
            process.Pause();
            return;
        }
        var isGateway = fleet.Gateways.Contains(process);
        if (isGateway)
            await lives.AskAsync(process);
        await (fault.Action == ChaosAction.Kill ? process.KillAsync() : process.StopAsync());
        if (isGateway)
            lives.Ended(process.Name, fault.Action == ChaosAction.Kill);
    }

    private async Task EndAsync(PlannedFault fault, FleetProcess process)
    {
        if (fault.Action == ChaosAction.Pause)
        {
            process.Resume();
            return;
        }
        var isGateway = fleet.Gateways.Contains(process);
        if (isGateway)
            lives.Starts(process.Name);
        process.Start();
        await process.ReadyAsync();
        if (isGateway)
            lives.IsReady(process.Name);
    }

    private void Break(PlannedFault fault)
    {
        var dice = new ChaosDice(fault.Dice, "fault");
        foreach (var relay in Relays(fault))
        {
            switch (fault.Action)
            {
                case ChaosAction.Cut:
                    relay.Cut();
                    break;
                case ChaosAction.Hold:
                    relay.Hold();
                    break;
                case ChaosAction.Deafen:
                    relay.Deafen();
                    break;
                case ChaosAction.Strand:
                    relay.Strand();
                    break;
                case ChaosAction.Drop:
                    relay.Drop();
                    break;
                case ChaosAction.Delay:
                    relay.Delay = dice.Between(0.01, dice.Percent(30) ? 1.5 : 0.15);
                    break;
                case ChaosAction.Jitter:
                    relay.Jitter(dice.Below(int.MaxValue), dice.Between(0.02, 0.4));
                    break;
                case ChaosAction.Fray:
                    relay.Fray(dice.Below(int.MaxValue), 200 + dice.Below(4000));
                    break;
            }
        }
    }

    private void Mend(PlannedFault fault)
    {
        foreach (var relay in Relays(fault))
            relay.Restore();
    }

    private IEnumerable<TcpRelay> Relays(PlannedFault fault) =>
        fault.Part switch
        {
            ChaosPart.Store => fleet.Processes.Select(p => p.Store!),
            ChaosPart.StorePath => [Process(fault).Store!],
            _ => [Process(fault).Redis!],
        };

    private FleetProcess Process(PlannedFault fault) => fleet.Processes.Single(p => p.Name == fault.Process);

    private int TroublesDesks(PlannedFault fault) =>
        fault.Part == ChaosPart.Store
        || fault.Part is ChaosPart.Process or ChaosPart.StorePath && fleet.Admins.Contains(Process(fault))
            ? 1
            : 0;

    private string TargetOf(PlannedFault fault) =>
        fault.Part switch
        {
            ChaosPart.Store => FaultTargets.Store,
            ChaosPart.Redis or ChaosPart.RedisPath => FaultTargets.Redis,
            _ => fleet.Admins.Contains(Process(fault)) ? FaultTargets.Admin : fault.Process,
        };

    private static FaultKind KindOf(ChaosAction action) =>
        action switch
        {
            ChaosAction.Pause => FaultKind.Pause,
            ChaosAction.Kill => FaultKind.Kill,
            ChaosAction.Stop => FaultKind.Stop,
            ChaosAction.Delay or ChaosAction.Jitter => FaultKind.Delay,
            ChaosAction.Drop or ChaosAction.Strand or ChaosAction.Fray => FaultKind.Drop,
            _ => FaultKind.Cut,
        };

    private static bool IsOnServer(PlannedFault fault) => fault.Action is ChaosAction.Kill or ChaosAction.Stop;

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
