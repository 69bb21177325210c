namespace Gateway.Tests;

/// <summary>
/// Long random histories of a correct fleet, to test the checker with: it must find nothing in them, and what is planted.
/// Three gateways with faults, a store that is cut off now and then, overlapping writes, answers that never come, streams,
/// uses. A second of it has some calls and three writes.
/// </summary>
internal static class Simulation
{
    /// <summary>A history of a correct fleet, or of one with a flaw; the same for the same seed.</summary>
    public static History Run(int seed, TimeSpan length, TimeSpan pace, SimulatedFlaw flaw = SimulatedFlaw.None)
    {
        var fleet = SimulatedFleet.Of(seed, flaw);
        var faults = new SimulatedFaults(fleet.Dice, fleet.Gateways, length);
        var admin = new SimulatedAdmin(fleet, new SimulatedReceipts(fleet));
        admin.Run(length, faults.StoreOutages);
        var clients = new SimulatedClients(fleet, admin.Issued);
        clients.Run(length, pace);

        var history = new History(fleet.Header);
        IEnumerable<HistoryEvent> all =
        [
            .. faults.Faults,
            .. fleet.Gateways.SelectMany(g => g.Lives).Select(Life),
            .. admin.Events,
            .. clients.Events,
            .. fleet.Store.Feed,
            .. Uses(fleet, clients, length),
            .. Reads(fleet, faults.StoreOutages, length),
        ];
        foreach (var happened in all)
            history.Add(happened);
        return history;
    }

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
    private static IEnumerable<HistoryEvent> Uses(SimulatedFleet fleet, SimulatedClients clients, TimeSpan length)
    {
        var (dice, store) = (fleet.Dice, fleet.Store);
        var written = (
            from use in clients.Uses
            let gateway = fleet.Gateways.Single(g => g.Lives.Contains(use.Life))
            let at = WrittenAt(fleet, gateway, use.Life, use.At)
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
            var known = written[key].Where(u => u.Written <= by).Select(u => SimulatedFleet.Epoch + u.At).ToList();
            return known.Count == 0 ? null : known.Max();
        }
    }

    private static TimeSpan? WrittenAt(SimulatedFleet fleet, SimulatedGateway gateway, SimulatedLife life, TimeSpan at)
    {
        var tick = life.Started + (Math.Ceiling((at - life.Started) / SimulatedFleet.Flush) * SimulatedFleet.Flush);
        while (tick < life.Ended && gateway.OutageAt(tick) is not null)
            tick += SimulatedFleet.Flush;
        if (tick < life.Ended)
            return tick;
        return life.Killed || fleet.Flaw == SimulatedFlaw.LosesUsesAtStop ? null : life.Ended;
    }

    private static IEnumerable<ReadBack> Reads(SimulatedFleet fleet, List<SimulatedSpan> outages, TimeSpan length)
    {
        var (dice, store) = (fleet.Dice, fleet.Store);
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
