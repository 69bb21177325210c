using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>Requests with keys a gateway has not seen: what one look-up costs, and what it is in the store.</summary>
internal static class ColdMisses
{
    private const int Misses = 3_000;
    private const int WarmUps = 1_000;
    private const double MillisecondsMax = 5;

    /// <summary>Measures it.</summary>
    public static async Task MeasureAsync(ResultSheet sheet, ScaleStand stand, ScaleStores stores)
    {
        sheet.Section(
            $"Cold keys on {stores.Provider}",
            $"{Misses:N0} requests one after the other, each with another key that is not in memory, after {WarmUps:N0} "
                + "others; the whole request is timed. Every plan is the database's own, of the statement as it was sent."
        );
        foreach (var store in stores.Both)
        {
            var times = await TimeAsync(stand, store);
            var name = $"p99 with {store.Keys.Count:N0} keys";
            if (stores.Provider == "postgres")
                sheet.AtMost(name, times.Percentile(99), MillisecondsMax, " ms");
            else
                sheet.Tell(name, times.Percentile(99), " ms");
            sheet.Tell($"all, ms, with {store.Keys.Count:N0} keys", times.ToString());
        }
        var plans = await PlanAsync(stores.Large);
        sheet.Exactly("statements of a look-up", plans.Count, 1);
        sheet.Tell("its plan", string.Join("; ", plans.SelectMany(p => p.Steps)));
        sheet.Exactly("steps of it that read a whole table", plans.Sum(p => p.Scans.Count), 0);
    }

    private static async Task<Times> TimeAsync(ScaleStand stand, ScaleStore store)
    {
        await using var gateway = await stand.ServeAsync(store);
        // Spread over the whole store, and none of them twice.
        var step = Math.Max(1, store.Keys.Count / (2 * (Misses + WarmUps)));
        var numbers = store.Keys.Usable(2).Where(n => n % step == 0).Take(Misses + WarmUps).ToList();
        var lookups = await gateway.MetricAsync("gateway_store_lookups_total");
        var traffic = new Traffic(gateway.Url, connections: 1);
        await traffic.OnceAsync(ScaleStand.Requests(store.Keys, numbers.Take(WarmUps)));
        var served = await traffic.OnceAsync(ScaleStand.Requests(store.Keys, numbers.Skip(WarmUps)), timed: true);
        lookups = await gateway.MetricAsync("gateway_store_lookups_total") - lookups;
        if (served.Other > 0 || (long)lookups != numbers.Count)
            throw new InvalidOperationException(
                $"{served.Other} refused, {lookups} look-ups for {numbers.Count} keys."
            );
        return new Times(served.Milliseconds);
    }

    private static async Task<List<Plan>> PlanAsync(ScaleStore store)
    {
        await using var database = Database.Create(store.Store);
        var hash = store.Keys.Record(store.Keys.Usable().Last()).Hash;
        return await Plans.OfAsync(database, s => s.FindKeyByHashAsync([hash]));
    }
}
