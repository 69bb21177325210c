using System.CommandLine;
using System.Diagnostics;

namespace Gateway.Load;

/// <summary>Shows that what a request or an admin call costs does not depend on how many keys there are.</summary>
internal static class ScaleCommand
{
    private static readonly Option<long> Small = new("--small")
    {
        Description = "Keys of the small stores.",
        DefaultValueFactory = _ => 10_000,
    };

    private static readonly Option<long> Large = new("--large")
    {
        Description = "Keys of the large ones.",
        DefaultValueFactory = _ => 1_000_000,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = StandOptions.Command(
            "scale",
            "Compare few keys with many: start, decision, cache, look-up, routes, admin calls.",
            (options, result) => RunAsync(options, result.GetRequiredValue(Small), result.GetRequiredValue(Large))
        );
        command.Add(Small);
        command.Add(Large);
        return command;
    }

    private static async Task<int> RunAsync(StandOptions options, long small, long large)
    {
        var sheet = new ResultSheet("scale", "Scale", "make scale", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        // Of the cache alone first, while this process holds nothing else.
        HeldDecisions.Measure(sheet, small, large);
        var stores = await SeedAsync(sheet, stand, small, large);
        foreach (var both in stores)
            await ColdStart.MeasureAsync(sheet, stand, both);
        foreach (var both in stores)
            await ColdMisses.MeasureAsync(sheet, stand, both);
        await ServedDecisions.MeasureAsync(sheet, stand, stores[0]);
        await CacheMemory.MeasureAsync(sheet, stand, stores[0].Large);
        foreach (var both in stores)
            await AdminCalls.MeasureAsync(sheet, stand, both);
        return await sheet.WriteAsync();
    }

    private static async Task<ScaleStores[]> SeedAsync(ResultSheet sheet, ScaleStand stand, long small, long large)
    {
        sheet.Section(
            "Stores",
            $"Made by `load seed`, {large:N0} keys in the large ones and {small:N0} in the small. SQLite and Postgres are "
                + "filled at the same time."
        );
        return await Task.WhenAll(SeedAsync("sqlite"), SeedAsync("postgres"));

        Task<ScaleStores> SeedAsync(string provider) =>
            Task.Run(async () =>
            {
                var few = await stand.SeedAsync(provider, small);
                var began = Stopwatch.GetTimestamp();
                var many = await stand.SeedAsync(provider, large);
                sheet.Tell($"{provider}: {large:N0} keys", Stopwatch.GetElapsedTime(began).TotalSeconds, " s");
                return new ScaleStores(provider, few, many);
            });
    }
}
