namespace Gateway.Tests;

/// <summary>
/// Long random histories of a correct fleet, to test the checker with: it must find nothing in them, and what is planted.
/// Three gateways with faults, a store that is cut off now and then, overlapping writes, answers that never come, streams,
/// uses. A second of it has some calls and three writes.
/// </summary>
internal static class Simulation
{
    private static readonly TimeSpan Flush = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A history of a correct fleet; the same for the same seed.</summary>
    public static History Run(int seed, TimeSpan length, TimeSpan pace)
    {
        var header = Header(seed);
        var (dice, store) = (new SimulatedDice(seed), new SimulatedStore());
        List<SimulatedGateway> gateways =
        [
            .. Enumerable.Range(1, 3).Select(n => new SimulatedGateway($"edge-{n}", dice, header.Lease)),
        ];
        var faults = new SimulatedFaults(dice, gateways, length);
        var lostAfter = (header.Lease + header.Routes.Max(r => r.MaxStaleness)) * Allowance.Drift;
        var receipts = new SimulatedReceipts(store, gateways, lostAfter, Epoch);
        var admin = new SimulatedAdmin(dice, store, gateways, receipts, header);
        admin.Run(length, faults.StoreOutages);
        var clients = new SimulatedClients(dice, store, gateways, header, admin.Issued);
        clients.Run(length, pace);

        var history = new History(header);
        IEnumerable<HistoryEvent> all =
        [
            .. faults.Faults,
            .. gateways.SelectMany(g => g.Lives).Select(Life),
            .. admin.Events,
            .. clients.Events,
            .. store.Feed,
            .. Uses(dice, store, clients, gateways, length),
            .. Reads(dice, store, faults.StoreOutages, length),
        ];
        foreach (var happened in all)
            history.Add(happened);
        return history;
    }

    private static RunHeader Header(int seed) =>
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

    private static ProcessLife Life(SimulatedLife life) =>
        new(
            life.Name.Split('#')[0],
            life.Started,
            life.Started + (2 * (life.Registered - life.Started)),
            life.Ended,
            life.Killed,
            0
        );

    // Written at the next tick at which the store is in reach; lost with a process that is killed before.
    private static IEnumerable<HistoryEvent> Uses(
        SimulatedDice dice,
        SimulatedStore store,
        SimulatedClients clients,
        List<SimulatedGateway> gateways,
        TimeSpan length
    )
    {
        var written = (
            from use in clients.Uses
            let gateway = gateways.Single(g => g.Lives.Contains(use.Life))
            let at = WrittenAt(gateway, use.Life, use.At)
            where at is not null
            select (use.Key, use.At, Written: at.Value)
        ).ToLookup(u => u.Key);
        foreach (var key in store.AccountOf.Keys)
        {
            yield return new UsesInStore(key, written[key].Count(), Last(key, TimeSpan.MaxValue));
            for (var at = dice.Ms(0, 20_000); at < length; at += dice.Ms(5, 20_000))
                yield return new LastUsedSample(
                    at,
                    at + TimeSpan.FromMilliseconds(4),
                    key,
                    Last(key, at + TimeSpan.FromMilliseconds(2))
                );
        }

        DateTimeOffset? Last(string key, TimeSpan by)
        {
            var known = written[key].Where(u => u.Written <= by).Select(u => Epoch + u.At).ToList();
            return known.Count == 0 ? null : known.Max();
        }
    }

    private static TimeSpan? WrittenAt(SimulatedGateway gateway, SimulatedLife life, TimeSpan at)
    {
        var tick = life.Started + (Math.Ceiling((at - life.Started) / Flush) * Flush);
        while (tick < life.Ended && gateway.OutageAt(tick) is not null)
            tick += Flush;
        if (tick < life.Ended)
            return tick;
        return life.Killed ? null : life.Ended;
    }

    private static IEnumerable<ReadBack> Reads(
        SimulatedDice dice,
        SimulatedStore store,
        List<SimulatedSpan> outages,
        TimeSpan length
    )
    {
        var keys = store.AccountOf.Keys.ToList();
        for (var at = TimeSpan.FromSeconds(3); at < length; at += dice.Ms(10, 500))
        {
            var (read, end) = (at + dice.Ms(0.1, 5), at + dice.Ms(5, 8));
            var (position, key) = (store.HeadAt(read), dice.Of(keys));
            var (account, state) = (store.AccountOf[key], store.Key(key, position));
            if (outages.Exists(o => o.Has(read)))
                continue;
            if (dice.Chance(0.1))
                yield return new ReadBack(
                    at,
                    end,
                    account,
                    null,
                    null,
                    store.IsSuspended(account, position),
                    false,
                    null
                );
            else if (state.Exists)
                yield return new ReadBack(
                    at,
                    end,
                    account,
                    key,
                    state.Settings,
                    state.Disabled,
                    state.Revoked,
                    state.Deadline
                );
        }
    }
}
