namespace Gateway.Tests;

/// <summary>What a simulated fleet may get wrong, one thing at a time.</summary>
internal enum SimulatedFlaw
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Receipts do not wait for a gateway that cannot be reached.</summary>
    ForgetsWhoIsCutOff,

    /// <summary>Receipts wait for the lease, and not for the staleness after it.</summary>
    ForgetsStaleness,

    /// <summary>A gateway that is cut off honours what it has accepted for as long as that lasts.</summary>
    HonoursForEver,

    /// <summary>A look-up that was slow puts an old record back now and then.</summary>
    KeepsOldRecords,

    /// <summary>A key is unknown until its making has been applied.</summary>
    DeniesNewKeys,

    /// <summary>What cannot be decided is refused.</summary>
    DeniesInOutages,

    /// <summary>Streams of refused keys stay open.</summary>
    LeavesStreamsOpen,

    /// <summary>A process that stops does not write its last uses.</summary>
    LosesUsesAtStop,

    /// <summary>The limit of keys is not looked at.</summary>
    ForgetsLimit,

    /// <summary>Some writes are answered and not kept.</summary>
    LosesWrites,
}

/// <summary>A simulated fleet.</summary>
internal sealed record SimulatedFleet(
    SimulatedDice Dice,
    SimulatedStore Store,
    IReadOnlyList<SimulatedGateway> Gateways,
    RunHeader Header,
    SimulatedFlaw Flaw
)
{
    public static readonly TimeSpan Flush = TimeSpan.FromSeconds(10);
    public static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Three gateways and an empty store.</summary>
    public static SimulatedFleet Of(int seed, SimulatedFlaw flaw)
    {
        var (header, dice) = (HeaderOf(seed), new SimulatedDice(seed));
        var gateways = Enumerable.Range(1, 3).Select(n => new SimulatedGateway($"edge-{n}", dice, header.Lease));
        return new SimulatedFleet(dice, new SimulatedStore(), [.. gateways], header, flaw);
    }

    private static RunHeader HeaderOf(int seed) =>
        new()
        {
            Seed = seed,
            Epoch = Epoch,
            UsageFlush = Flush,
            KeyLimit = 6,
            Routes =
            [
                new RouteFacts
                {
                    Name = "tokens",
                    Permissions = "tokens:read",
                    MaxStaleness = TimeSpan.FromSeconds(10),
                },
                new RouteFacts
                {
                    Name = "money",
                    Permissions = "tokens:read vm.buy.crypto",
                    Environments = "sandbox",
                    Wallet = RouteWallet.Named,
                    MaxStaleness = TimeSpan.FromSeconds(2),
                },
                new RouteFacts
                {
                    Name = "any",
                    Wallet = RouteWallet.Any,
                    MaxStaleness = TimeSpan.FromSeconds(5),
                },
            ],
        };
}
