namespace Gateway.Load;

/// <summary>
/// What a request costs a gateway whose store has many keys and whose cache is full of them, or that has many routes, or
/// whose key has many address ranges, next to one without: processor time from the kernel's books, in pairs.
/// </summary>
internal static class ServedDecisions
{
    private const int Count = 10;
    private const int Connections = 8;
    private const int WarmUps = 6;
    private const int ManyRoutes = 1_000;

    // As many as are kept by default, less a few so that none has to make room.
    private const int HeldMax = 95_000;
    private const double RatioMax = 1.2;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(1_000);

    /// <summary>Measures it.</summary>
    public static async Task MeasureAsync(ResultSheet sheet, ScaleStand stand, ScaleStores stores)
    {
        await stand.Upstream.WriteRoutesAsync(stand.RoutesFile(ManyRoutes), ManyRoutes);
        sheet.Section(
            $"Cached decisions through the gateway, {stores.Provider}",
            $"Processor time of a gateway for each request, all of it: user, kernel, garbage collection, what runs beside the "
                + $"requests. Medians of {Count} pairs of {Window.TotalSeconds:0} s windows, {Connections} connections. The "
                + "store has no part in it: every key is in memory, one after the other in turn."
        );
        await using var few = await stand.ServeAsync(stores.Small);
        await KeysAsync(sheet, stand, stores, few);
        await RoutesAsync(sheet, stand, stores, few);
        await RangesAsync(sheet, stores, few);
    }

    private static async Task KeysAsync(ResultSheet sheet, ScaleStand stand, ScaleStores stores, ServerProcess few)
    {
        await using var many = await stand.ServeAsync(stores.Large);
        var (one, other) = (await WarmAsync(few, stores.Small), await WarmAsync(many, stores.Large));
        var pairs = await Pairs.TakeAsync(Count, one, other);
        sheet.AtMost(
            $"{stores.Large.Keys.Count:N0} keys, {await many.MetricAsync("gateway_cache_keys"):N0} held, as a multiple of "
                + $"{stores.Small.Keys.Count:N0} keys, {await few.MetricAsync("gateway_cache_keys"):N0} held",
            pairs.Ratio,
            RatioMax
        );
        sheet.Tell("of these", pairs.Summary);
    }

    private static async Task RoutesAsync(ResultSheet sheet, ScaleStand stand, ScaleStores stores, ServerProcess few)
    {
        await using var many = await stand.ServeAsync(stores.Small, ManyRoutes);
        var numbers = stores.Small.Keys.Usable().Take(100).ToList();
        var one = Windows(few, ScaleStand.Requests(stores.Small.Keys, numbers));
        var other = Windows(many, ScaleStand.Requests(stores.Small.Keys, numbers, ManyRoutes - 1));
        for (var i = 0; i < WarmUps; i++)
            await other();
        var pairs = await Pairs.TakeAsync(Count, one, other);
        sheet.AtMost($"{ManyRoutes:N0} routes, the last of them, as a multiple of one", pairs.Ratio, RatioMax);
        sheet.Tell("of these", pairs.Summary);
    }

    private static async Task RangesAsync(ResultSheet sheet, ScaleStores stores, ServerProcess gateway)
    {
        var one = Windows(gateway, ScaleStand.Requests(stores.Small.Keys, [1]));
        var other = Windows(gateway, ScaleStand.Requests(stores.Small.Keys, [SeededKeys.Wide]));
        var pairs = await Pairs.TakeAsync(Count, one, other);
        sheet.AtMost(
            $"a key with {SeededKeys.WideRanges:N0} ranges as a multiple of one with 3",
            pairs.Ratio,
            RatioMax
        );
        sheet.Tell("of these", pairs.Summary);
    }

    // Every key once, and then for as long as it takes to be compiled in full.
    private static async Task<Func<Task<double>>> WarmAsync(ServerProcess gateway, ScaleStore store)
    {
        var requests = ScaleStand.Requests(store.Keys, store.Keys.Usable().Take(HeldMax));
        await new Traffic(gateway.Url, Connections).OnceAsync(requests);
        var windows = Windows(gateway, requests);
        for (var i = 0; i < WarmUps; i++)
            await windows();
        return windows;
    }

    private static Func<Task<double>> Windows(ServerProcess gateway, List<byte[]> requests)
    {
        var traffic = new Traffic(gateway.Url, Connections);
        return () => Pairs.MicrosecondsAsync(gateway, () => traffic.RunAsync(requests, Window));
    }
}
