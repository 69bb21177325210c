namespace Gateway.Load;

/// <summary>
/// How long a gateway takes from the start of its process to the first request it serves, and what it does after that for
/// as long as it does not know the hashes of all keys.
/// </summary>
internal static class ColdStart
{
    private const int Starts = 5;
    private const double SecondsMax = 2;

    /// <summary>Measures it.</summary>
    public static async Task MeasureAsync(ResultSheet sheet, ScaleStand stand, ScaleStores stores)
    {
        sheet.Section(
            $"Start on {stores.Provider}",
            $"From before the process is started to the first 200 through it, asked for every millisecond; {Starts} starts "
                + "in turn with few keys and with many. The hashes of all keys are read after that, in the background."
        );
        var times = stores.Both.ToDictionary(s => s, _ => new List<double>());
        for (var i = 0; i < Starts; i++)
        {
            foreach (var store in stores.Both)
                times[store].Add(await StartAsync(stand, store));
        }
        foreach (var (store, seconds) in times)
            sheet.AtMost($"first answer, {store.Keys.Count:N0} keys, slowest", seconds.Max(), SecondsMax, " s");
        var (few, many) = (new Times(times[stores.Small]).Median, new Times(times[stores.Large]).Median);
        sheet.Tell("medians", $"{few:0.00} s and {many:0.00} s");
        await HashesAsync(sheet, stand, stores.Large);
    }

    private static async Task<double> StartAsync(ScaleStand stand, ScaleStore store)
    {
        await using var gateway = stand.StartGateway(store);
        var path = new Uri(gateway.Url, ScaleStand.Target(0));
        return (await gateway.AnswersAsync(path, store.Keys.Secret(store.Keys.Usable().First()))).TotalSeconds;
    }

    private static async Task HashesAsync(ResultSheet sheet, ScaleStand stand, ScaleStore store)
    {
        await using var gateway = await stand.ServeAsync(store);
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var (resident, processor) = (gateway.ResidentBytes, gateway.ProcessorTime);
        while (await gateway.MetricAsync("gateway_hashes_complete") < 1)
            await Task.Delay(20);
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
        sheet.Tell($"{store.Keys.Count:N0} hashes read within", took, " s");
        sheet.Tell("processor time for it", (gateway.ProcessorTime - processor).TotalSeconds, " s");
        sheet.Tell("the filter of them", await gateway.MetricAsync("gateway_hashes_bytes") / (1 << 20), " MiB");
        sheet.Tell("resident at first answer", resident / (double)(1 << 20), " MiB");
        sheet.Tell("resident with all hashes known", gateway.ResidentBytes / (double)(1 << 20), " MiB");
        sheet.AtMost(
            "hashes not known",
            store.Keys.Count - await gateway.MetricAsync("gateway_hashes_keys"),
            store.Keys.Count / 1_000.0
        );
    }
}
