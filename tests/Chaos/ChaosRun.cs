using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>
/// One run of a fleet under one plan:
/// <code>
///   start     fleet, accounts, keys
///   go on     clients call, streams are held, administrators write, faults come and go
///   calm      a last time, so that everything is known again
///   end       clients stop, gateways stop and write what they have counted, the store is read
/// </code>
/// What comes of it is a <see cref="History"/>.
/// </summary>
public sealed class ChaosRun : IAsyncDisposable
{
    // After the schedule: as long as the last faults' consequences may last, and settling what is unsettled.
    private static readonly TimeSpan LastCalm = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan UsageFlush = TimeSpan.FromSeconds(1);
    private const int KeyLimit = 5;
    private const int Steady = 3;

    // Those of the account whose keys are never changed: what is refused to them is refused wrongly.
    private static readonly KeySettings[] SteadyKeys =
    [
        new(),
        new() { Permissions = "things:read", AllowedIps = "10.0.0.0/24" },
        new() { Wallets = "w1 w2" },
        new() { Environment = "production" },
    ];

    private readonly ChaosPlan _plan;
    private readonly RunClock _clock = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Fleet _fleet;
    private readonly AdminDesk _desk;
    private readonly AdminWrites _writes;
    private readonly Callers _callers;
    private readonly StreamHolders _streams;
    private readonly GatewayLives _lives;
    private readonly FaultInjector _faults;

    private ChaosRun(ChaosPlan plan, Fleet fleet)
    {
        (_plan, _fleet) = (plan, fleet);
        History = new History(
            new RunHeader
            {
                Seed = plan.Seed,
                Epoch = _clock.Epoch,
                Lease = plan.Lease,
                UsageFlush = UsageFlush,
                KeyLimit = KeyLimit,
                Routes = ChaosRoutes.All,
            }
        );
        _desk = new AdminDesk(fleet.Admins, _clock, _over.Token);
        _callers = new Callers(fleet.Gateways, History, _clock, plan.Seed);
        _writes = new AdminWrites(_desk, History, _clock, _callers.TryEverywhere);
        _streams = new StreamHolders(fleet.Gateways, History, _clock, plan.Seed);
        _lives = new GatewayLives(fleet.Gateways, History, _clock);
        _faults = new FaultInjector(fleet, History, _clock, _lives);
    }

    /// <summary>What has happened so far.</summary>
    public History History { get; }

    /// <summary>How it stands, in a line.</summary>
    public string Status =>
        $"{_clock.Now.TotalSeconds, 5:0} s  {History.All<Call>().Count(), 6} calls  {History.All<AdminWrite>().Count(), 4} writes  "
        + $"{_faults.Injected, 3} faults, {_faults.Active} now  {_streams.Open, 2} streams";

    /// <summary>Faults that were injected. The history has more when the machine itself was slow.</summary>
    public int Injected => _faults.Injected;

    /// <summary>What the processes have written, for whoever looks into a violation.</summary>
    public string Output => string.Join("\n\n", _fleet.Processes.Select(p => $"== {p.Name}\n{p.Output}"));

    /// <summary>Starts the fleet of a plan.</summary>
    public static async Task<ChaosRun> StartAsync(ChaosPlan plan) =>
        new(
            plan,
            await Fleet.StartAsync(
                new FleetPlan
                {
                    Gateways = plan.Gateways.Count,
                    Admins = plan.Admins.Count,
                    Routes = ChaosRoutes.For,
                    Shared = new()
                    {
                        ["Changes:LeaseSeconds"] = $"{plan.Lease.TotalSeconds}",
                        ["Changes:DefaultMaxStaleness"] = $"{ChaosRoutes.DefaultStaleness}",
                        ["Keys:MaxActivePerAccount"] = $"{KeyLimit}",
                    },
                    Gateway = new()
                    {
                        ["Gateway:TrustedProxies:0"] = "127.0.0.1",
                        ["Gateway:DrainSeconds"] = "3",
                        // Every refusal is to say what it is for.
                        ["Limits:RefusalsPerKey"] = "0",
                        ["Limits:RefusalsPerAddress"] = "0",
                        ["LastUsed:FlushSeconds"] = $"{UsageFlush.TotalSeconds}",
                        // A line for each refusal is more than anybody reads here.
                        ["Logging:LogLevel:Gateway.KeyGate"] = "Error",
                    },
                }
            )
        );

    /// <summary>Runs it from its first write to its last.</summary>
    /// <param name="stop">Ends it early, with an exception.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        foreach (var gateway in _fleet.Gateways)
            _lives.IsReady(gateway.Name);
        var tenants = await OpenAccountsAsync();
        await WarmUpAsync(tenants);
        var settler = new Settler(_desk, _writes, _faults, History, tenants);
        using var clients = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] beside =
        [
            _callers.RunAsync(tenants, clients.Token),
            _streams.RunAsync(tenants, clients.Token),
            settler.RunAsync(clients.Token),
            _lives.WatchAsync(clients.Token),
            SampleAsync(tenants, clients.Token),
        ];
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watching = MachineWatch.RunAsync(_fleet, History, _clock, watch.Token);
        var start = _clock.Now;
        var lines = _plan
            .Writes.GroupBy(w => w.Tenant)
            .Select(line => _writes.RunAsync(tenants[line.Key], line, start, stop));
        await Task.WhenAll([_faults.RunAsync(_plan.Faults, start, stop), .. lines]);
        await Task.Delay(LastCalm, stop);
        await clients.CancelAsync();
        await Task.WhenAll(beside);
        await _callers.DrainAsync();
        await settler.ReadAllAsync();
        await StopGatewaysAsync();
        await watch.CancelAsync();
        await watching;
        await using var database = Database.Create(_fleet.Store);
        await StoreReading.AddAsync(database, History);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _callers.Dispose();
        _lives.Dispose();
        _desk.Dispose();
        await _fleet.DisposeAsync();
        _over.Dispose();
    }

    private async Task<IReadOnlyList<Tenant>> OpenAccountsAsync()
    {
        var dice = new ChaosDice(_plan.Seed, "accounts");
        var tenants = await Task.WhenAll(
            WriteSchedule.Slots.Select((slots, number) => _writes.OpenAccountAsync($"account {number}", slots))
        );
        var changing = tenants.Take(Steady).SelectMany(t => t.Slots.Select(s => (t, s, Sets: KeyBodies.New(dice))));
        var steady = tenants[Steady].Slots.Zip(SteadyKeys, (s, sets) => (tenants[Steady], s, sets));
        await Task.WhenAll(changing.Concat(steady).Select(k => _writes.CreateAsync(k.Item1, k.Item2, k.Item3)));
        return tenants;
    }

    // What a process does for the first time takes it long, and that is not what a run is about: it counts as a fault.
    private async Task WarmUpAsync(IReadOnlyList<Tenant> tenants)
    {
        foreach (var tenant in tenants)
        {
            _callers.TryEverywhere(tenant.Keys);
            await _callers.DrainAsync();
        }
        History.Add(new Fault(TimeSpan.Zero, _clock.Now, FaultKind.Delay, FaultTargets.Store));
    }

    // Both clocks, and what the admin API says of the keys' last use: when it has moved.
    private async Task SampleAsync(IReadOnlyList<Tenant> tenants, CancellationToken stop)
    {
        var last = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        while (!stop.IsCancellationRequested)
        {
            History.Add(_clock.Sample());
            foreach (var tenant in tenants)
            {
                var answer = await _desk.SendAsync(HttpMethod.Get, $"/v1/accounts/{tenant.Id}/api-keys");
                if (answer.Outcome != WriteOutcome.Done)
                    continue;
                foreach (var key in answer.Data["apiKeys"]!.AsArray())
                {
                    var (id, at) = ((string)key!["id"]!, (DateTimeOffset?)key["lastUsedAt"]);
                    if (last.TryGetValue(id, out var before) && before == at)
                        continue;
                    last[id] = at;
                    History.Add(new LastUsedSample(answer.Begin, answer.End, id, at));
                }
            }
            await Task.Delay(1_000, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        History.Add(_clock.Sample());
    }

    private async Task StopGatewaysAsync()
    {
        foreach (var gateway in _fleet.Gateways)
            await _lives.AskAsync(gateway);
        await Task.WhenAll(_fleet.Gateways.Select(g => g.StopAsync()));
        foreach (var gateway in _fleet.Gateways)
            _lives.Ended(gateway.Name, killed: false);
    }
}
