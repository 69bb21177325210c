using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>The parts of a chaos run, without the chaos, on a fleet that is right and on one that really is broken: what
/// clients, administrators and the checker make of real answers finds the one faultless, and the other not.</summary>
public sealed class BrokenFleetTests
{
    // Of each key before and after its end: some of them ask for the same.
    private const int Rounds = 40;

    // A receipt that is not complete by then says so, and nothing is wrong with being accepted after it.
    private const string Wait = "30";

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GatewayThatHonoursARevokedKey_IsFoundOut_AndOneThatDoesNotIsFaultless(bool isBroken)
    {
        await using var fleet = await Fleet.StartAsync(Plan());
        await using var front = isBroken ? await StubbornFront.BeforeAsync(fleet.Gateways[0]) : null;

        var history = await RunAsync(fleet);

        var violations = Checker.Check(history);
        Assert.Equal(isBroken, front is { Remembered: > 0 });
        if (isBroken)
            Assert.Contains(violations, v => v.Rule == "stale-accept");
        else
            Assert.True(violations.Count == 0, ChaosReport.Of(history, violations));
        Assert.Contains(history.All<Call>(), c => c.Code == "REVOKED_API_KEY");
    }

    private static async Task<History> RunAsync(Fleet fleet)
    {
        var clock = new RunClock();
        var history = new History(Header(clock));
        using var over = new CancellationTokenSource();
        using var desk = new AdminDesk(fleet.Admins, clock, over.Token);
        using var callers = new Callers(fleet.Gateways, history, clock, seed: 1);
        using var lives = new GatewayLives(fleet.Gateways, history, clock);
        var writes = new AdminWrites(desk, history, clock, callers.TryEverywhere);
        lives.IsReady(fleet.Gateways[0].Name);
        history.Add(clock.Sample());

        var tenant = await writes.OpenAccountAsync("account", slots: 2);
        foreach (var slot in tenant.Slots)
            await writes.CreateAsync(tenant, slot, new KeySettings(), Wait);
        await CallAsync(callers, tenant);
        await writes.RevokeAsync(tenant, tenant.Slots[0], tenant.Slots[0].Key!, Wait);
        await CallAsync(callers, tenant);

        await lives.AskAsync(fleet.Gateways[0]);
        await fleet.Gateways[0].StopAsync();
        lives.Ended(fleet.Gateways[0].Name, killed: false);
        history.Add(clock.Sample());
        // A machine that is slow for a while is nobody's fault; it makes nothing right that was accepted.
        history.Add(new Fault(TimeSpan.Zero, clock.Now, FaultKind.Delay, FaultTargets.Store));
        await using var database = Database.Create(fleet.Store);
        await StoreReading.AddAsync(database, history);
        return history;
    }

    private static async Task CallAsync(Callers callers, Tenant tenant)
    {
        for (var round = 0; round < Rounds; round++)
        {
            callers.TryEverywhere(tenant.Keys);
            await callers.DrainAsync();
        }
    }

    private static RunHeader Header(RunClock clock) =>
        new()
        {
            Seed = 1,
            Epoch = clock.Epoch,
            Lease = Lease,
            UsageFlush = TimeSpan.FromSeconds(1),
            KeyLimit = 5,
            Routes = ChaosRoutes.All,
        };

    private static FleetPlan Plan() =>
        new()
        {
            Gateways = 1,
            Provider = "sqlite",
            Redis = false,
            Relays = false,
            Routes = ChaosRoutes.For,
            Shared = new()
            {
                ["Changes:LeaseSeconds"] = $"{Lease.TotalSeconds}",
                ["Changes:DefaultMaxStaleness"] = $"{ChaosRoutes.DefaultStaleness}",
                ["Keys:MaxActivePerAccount"] = "5",
            },
            Gateway = new() { ["Gateway:TrustedProxies:0"] = "127.0.0.1", ["LastUsed:FlushSeconds"] = "1" },
        };
}
