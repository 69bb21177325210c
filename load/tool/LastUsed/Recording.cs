using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>Two gateways on one store, alike but that one records uses, and the same load at each in turn.</summary>
internal sealed class Recording(ResultSheet sheet, ScaleStand stand, string provider, int keys, int pairs)
{
    // Until .NET has compiled what is used, and compiled it again by what it has seen.
    private const int WarmWindows = 3;

    private static readonly int FlushSeconds = new LastUsedOptions().FlushSeconds;
    private const int Connections = 8;
    private const double RatioMax = 1.02;

    // The heap's own slack.
    private const double GrowthMax = 1.3;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(FlushSeconds);

    private List<byte[]> _requests = [];
    private long _recorded;

    /// <summary>Measures it.</summary>
    public async Task MeasureAsync()
    {
        sheet.Section(
            $"{keys:N0} keys in turn on {provider}",
            $"Two gateways, one with LastUsed:Record=false. Each in turn gets half of what it can serve for {FlushSeconds} s, "
                + $"which is LastUsed:FlushSeconds, so that one flush falls into each window; {pairs} pairs. Between two "
                + "flushes a key comes hardly more than once, so next to nothing is coalesced. Processor time is the gateway's own; on SQLite "
                + "that includes the database, which runs in it."
        );
        // Three of a hundred are not accepted.
        var store = await stand.SeedAsync(provider, keys + (keys / 10));
        _requests = ScaleStand.Requests(store.Keys, store.Keys.Usable().Take(keys));
        (string, string)[] settings = [("Cache:MaxKeys", $"{keys * 2}")];
        await using (var without = await stand.ServeAsync(store, 1, [.. settings, ("LastUsed:Record", "false")]))
        {
            await using var with = await stand.ServeAsync(store, 1, settings);
            _recorded = 1; // the request that showed that it serves
            await CompareAsync(store, without, with);
        }
        // Both have stopped, and written what was left.
        await CountAsync(store);
    }

    private async Task CompareAsync(ScaleStore store, ServerProcess without, ServerProcess with)
    {
        var (one, other) = (new Traffic(without.Url, Connections), new Traffic(with.Url, Connections));
        await one.OnceAsync(_requests);
        _recorded += (await other.OnceAsync(_requests)).Count;
        for (var i = 0; i < WarmWindows; i++)
        {
            await one.RunAsync(_requests, Window);
            _recorded += (await other.RunAsync(_requests, Window)).Count;
        }
        var full = await other.RunAsync(_requests, Window);
        _recorded += full.Count;
        var rate = full.Rate / 2;
        sheet.Tell("capacity with recording", full.Rate, " requests/s");
        var resident = with.ResidentBytes;
        await using var watch = new FlushWatch(store, with);
        var taken = await Pairs.TakeAsync(
            pairs,
            () => Pairs.MicrosecondsAsync(without, () => one.RunAsync(_requests, Window, rate)),
            () => Pairs.MicrosecondsAsync(with, () => CountedAsync(other, rate))
        );
        sheet.Tell("processor time of a request, without and with", taken.Summary);
        const string Name = "with recording as a multiple of without";
        if (provider == "postgres")
            sheet.AtMost(Name, taken.Ratio, RatioMax);
        else
            sheet.Tell(Name, taken.Ratio, "");
        sheet.AtMost(
            "resident at the end as a multiple of the beginning",
            with.ResidentBytes / (double)resident,
            GrowthMax
        );
        sheet.Tell("resident at the end", with.ResidentBytes / (double)(1 << 20), " MiB");
        await watch.TellAsync(sheet, keys);
    }

    private async Task<Served> CountedAsync(Traffic traffic, double rate)
    {
        var served = await traffic.RunAsync(_requests, Window, rate);
        _recorded += served.Count;
        return served;
    }

    private async Task CountAsync(ScaleStore store)
    {
        await using var database = Database.Create(store.Store);
        var counted = await database.ReadAsync(s =>
            s.ValueAsync<long>("select cast(sum(requests) as bigint) from usage_hourly where outcome = 'allowed'")
        );
        sheet.Exactly("uses in the store after both have stopped", counted, _recorded);
    }
}
