using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>A gateway that records uses and then does not, in turn, under the same load.</summary>
internal sealed class Recording(ResultSheet sheet, ScaleStand stand, string provider, int keys, int pairs)
{
    // Until .NET has compiled what is used, and compiled it again by what it has seen.
    private const int WarmWindows = 4;

    private static readonly int FlushSeconds = new LastUsedOptions().FlushSeconds;
    private const int Connections = 8;
    private const double RatioMax = 1.02;

    // The heap's own slack.
    private const double GrowthMax = 1.3;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(FlushSeconds);

    // Of a pair, for each of the two: what a request costs drifts by more within a minute than recording takes.
    private const int Slices = 4;

    private static readonly TimeSpan Slice = Window / Slices;

    private List<byte[]> _requests = [];
    private bool _isRecording = true;
    private long _recorded;

    /// <summary>Measures it.</summary>
    public async Task MeasureAsync()
    {
        sheet.Section(
            $"{keys:N0} keys in turn on {provider}",
            "One gateway, in one process, because two of the same program differ by more than recording costs. It gets half "
                + $"of what it can serve, {pairs} times for {2 * FlushSeconds} s: {Slices} slices of {Slice.TotalSeconds:0.#} s with "
                + $"recording and as many without, in turn. One flush falls into those with, of {FlushSeconds} s of recording "
                + "(LastUsed:FlushSeconds). Between "
                + "two flushes a key comes hardly more than once, so next to nothing is coalesced. The database works on the same "
                + "cores, which slows the gateway down with recording only; on SQLite it runs in the gateway and is part of "
                + "its processor time. Before the stop there is a window at full load and no flush."
        );
        // Three of a hundred are not accepted.
        var store = await stand.SeedAsync(provider, keys + (keys / 10));
        _requests = ScaleStand.Requests(store.Keys, store.Keys.Usable().Take(keys));
        await using (var gateway = await SwitchedGateway.ServeAsync(stand, store, ("Cache:MaxKeys", $"{keys * 2}")))
        {
            _recorded = 1; // the request that showed that it serves
            await CompareAsync(store, gateway);
        }
        // It has stopped, and written what was left.
        await CountAsync(store);
    }

    private async Task CompareAsync(ScaleStore store, ServerProcess gateway)
    {
        var traffic = new Traffic(gateway.Url, Connections);
        _recorded += (await traffic.OnceAsync(_requests)).Count;
        for (var i = 0; i < WarmWindows; i++)
            await SliceAsync(gateway, traffic, i % 2 == 0, true, 0, Window);
        await using var watch = new FlushWatch(store, gateway);
        var rate = (await SliceAsync(gateway, traffic, true, true, 0, Window)).Rate / 2;
        sheet.Tell("half of the capacity with recording", rate, " requests/s");
        var resident = gateway.ResidentBytes;
        var taken = await Pairs.TakeSlicedAsync(
            pairs,
            Slices,
            gateway,
            _ => SliceAsync(gateway, traffic, false, false, rate, Slice),
            slice => SliceAsync(gateway, traffic, true, slice == 0, rate, Slice)
        );
        Tell(taken);
        sheet.AtMost(
            "resident at the end as a multiple of the beginning",
            gateway.ResidentBytes / (double)resident,
            GrowthMax
        );
        sheet.Tell("resident at the end", gateway.ResidentBytes / (double)(1 << 20), " MiB");
        await watch.TellAsync(sheet, keys);
        await RecordAsync(gateway, true);
        _recorded += (await traffic.RunAsync(_requests, Window)).Count;
    }

    private void Tell(Pairs taken)
    {
        sheet.Tell("processor time of a request, without and with", taken.Summary);
        const string Name = "with recording as a multiple of without, median";
        if (provider == "postgres")
            sheet.AtMost(Name, taken.Ratio, RatioMax);
        else
            sheet.Tell(Name, taken.Ratio, "");
        sheet.Tell("the middle half of the ratios", taken.Spread);
    }

    // What is recorded after one flush is written by the next, in another slice with recording.
    private async Task<Served> SliceAsync(
        ServerProcess gateway,
        Traffic traffic,
        bool record,
        bool flush,
        double rate,
        TimeSpan time
    )
    {
        await RecordAsync(gateway, record);
        if (flush)
            await SwitchedGateway.FlushAsync(gateway);
        var served = await traffic.RunAsync(_requests, time, rate);
        if (record)
            _recorded += served.Count;
        return served;
    }

    private async Task RecordAsync(ServerProcess gateway, bool record)
    {
        if (record != _isRecording)
            await SwitchedGateway.SwitchAsync(gateway);
        _isRecording = record;
        // Signals are heard of by another thread.
        await Task.Delay(100);
    }

    private async Task CountAsync(ScaleStore store)
    {
        await using var database = Database.Create(store.Store);
        var counted = await database.ReadAsync(s =>
            s.ValueAsync<long>("select cast(sum(requests) as bigint) from usage_hourly where outcome = 'allowed'")
        );
        sheet.Exactly("uses in the store after it has stopped", counted, _recorded);
    }
}
