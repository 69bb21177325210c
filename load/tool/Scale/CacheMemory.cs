namespace Gateway.Load;

/// <summary>That a gateway holds no more keys than it is told to, however many come, and what it occupies meanwhile.</summary>
internal static class CacheMemory
{
    private const int MaxKeys = 20_000;
    private const int Times = 3;
    private const int Connections = 8;

    // The heap's own slack, which is there with any number of keys.
    private const double GrowthMax = 1.3;

    /// <summary>Measures it.</summary>
    public static async Task MeasureAsync(ResultSheet sheet, ScaleStand stand, ScaleStore store)
    {
        sheet.Section(
            "Memory is bounded",
            $"A gateway with Cache:MaxKeys={MaxKeys:N0} that is asked with {Times * MaxKeys:N0} keys, each once, of "
                + $"{store.Keys.Count:N0} in its store. Resident size as the kernel tells it."
        );
        await using var gateway = await stand.ServeAsync(store, 1, ("Cache:MaxKeys", $"{MaxKeys}"));
        var numbers = store.Keys.Usable().Take(Times * MaxKeys).ToList();
        await AskAsync(gateway, store, numbers.Take(MaxKeys / 10));
        var start = gateway.ResidentBytes;
        await AskAsync(gateway, store, numbers.Take(MaxKeys));
        var full = gateway.ResidentBytes;
        await AskAsync(gateway, store, numbers.Skip(MaxKeys));
        var after = gateway.ResidentBytes;
        sheet.AtMost("keys held after all of them", await gateway.MetricAsync("gateway_cache_keys"), MaxKeys);
        sheet.Tell($"resident with {MaxKeys / 10:N0} keys", Mebibytes(start), " MiB");
        sheet.Tell($"resident with {MaxKeys:N0} keys", Mebibytes(full), " MiB");
        sheet.Tell($"resident after {Times * MaxKeys:N0}", Mebibytes(after), " MiB");
        sheet.AtMost("the last as a multiple of the one before", after / (double)full, GrowthMax);
    }

    private static async Task AskAsync(ServerProcess gateway, ScaleStore store, IEnumerable<long> numbers)
    {
        var served = await new Traffic(gateway.Url, Connections).OnceAsync(ScaleStand.Requests(store.Keys, numbers));
        if (served.Other > 0)
            throw new InvalidOperationException($"{served.Other} were refused.");
    }

    private static double Mebibytes(long bytes) => bytes / (double)(1 << 20);
}
