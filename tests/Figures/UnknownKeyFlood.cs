using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>
/// Made-up keys with a right checksum, each used once, beside valid traffic: quiet windows and windows with the flood
/// take turns, so that whatever else the machine does falls on both.
/// <code>
///   quiet   valid traffic
///   flood   valid traffic, made-up keys, and now and then a valid key that its gateway has not seen yet
/// </code>
/// </summary>
internal sealed class UnknownKeyFlood(FigureFleet fleet, FigureSize size)
{
    private const int FloodCallers = 8;
    private const int ColdPerSecond = 5;

    // What is under way as a window begins or ends is of neither.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    private readonly List<Times> _quiet = [];
    private readonly List<Times> _flooded = [];
    private readonly Dictionary<string, int> _unknown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _cold = new(StringComparer.Ordinal);
    private readonly List<double> _coldTimes = [];
    private double _rate;

    /// <summary>Measures it.</summary>
    public async Task MeasureAsync(FigureSection section)
    {
        var cold = await fleet.Desk.MakeAsync((int)(size.Floods * (size.FloodWindow.TotalSeconds + 1) * ColdPerSecond));
        var load = await fleet.LoadAsync(size);
        // Floods that do not count: what is compiled in them would be in one kind of window alone.
        for (var i = 0; i < size.WarmFloods; i++)
            await FloodAsync(load, size.FloodWindow, []);
        _unknown.Clear();
        var lookups = await LookupsAsync();
        var used = 0;
        for (var i = 0; i < size.Floods; i++)
        {
            _quiet.Add(await WindowAsync(load));
            var some = cold.Skip(used).Take(cold.Count / size.Floods).ToList();
            used += some.Count;
            _flooded.Add(await FloodAsync(load, size.FloodWindow, some));
        }
        lookups = await LookupsAsync() - lookups;
        await load.DisposeAsync();
        Report(section, load, lookups);
        section.AssertHolds(size);
    }

    private void Report(FigureSection section, SteadyLoad load, double lookups)
    {
        var (quiet, flooded) = (Median(_quiet), Median(_flooded));
        var unknown = _unknown.Values.Sum();
        var coldOnes = _cold.Values.Sum();
        section.How =
            $"{size.Floods} pairs of a quiet window and one with the flood, {size.FloodWindow.TotalSeconds:0.#} s each, at "
            + $"{fleet.Fleet.Gateways.Count} gateways with {load.Rate:0} valid requests/s in all. In the flood "
            + $"{_rate * 60:N0} requests/minute with made-up keys, each another, and {ColdPerSecond} requests/s with a valid "
            + "key its gateway has not seen. The p99 of a window is of its valid requests; compared are medians.";
        section.AtMost("valid p99 with the flood, as a multiple of quiet", flooded / quiet, 1.5);
        section.Tell("valid p99, quiet windows, ms", Join(_quiet));
        section.Tell("valid p99, windows with the flood, ms", Join(_flooded));
        section.AtMost("flood short of its rate", 1 - (_rate * 60 / size.FloodPerMinute), 0.05);
        section.Count($"made-up keys not answered 401 INVALID_API_KEY ({Join(_unknown)})", unknown - Refused, 0);
        section.Count($"cold valid keys not served ({Join(_cold)})", coldOnes - _cold.GetValueOrDefault("200"), 0);
        section.Tell("cold valid keys, ms", new Times(_coldTimes).ToString());
        section.Count($"valid requests refused ({load.Summary()})", load.Other("200"), 0);
        // Each cold key once; and a filter's false positives, of which one in a hundred would be many.
        section.CountAtMost($"store look-ups for {unknown:N0} made-up keys", (long)lookups, coldOnes + (unknown / 100));
    }

    private int Refused => _unknown.GetValueOrDefault("401 INVALID_API_KEY");

    private async Task<Times> WindowAsync(SteadyLoad load)
    {
        await Task.Delay(Settling);
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(size.FloodWindow);
        return load.Since(began);
    }

    private async Task<Times> FloodAsync(SteadyLoad load, TimeSpan window, List<MadeKey> cold)
    {
        var gateways = fleet.Gateways.ToList();
        Assert.True(TestKeys.Format.TryGetEnvironment("sandbox", out var environment));
        await using var flood = await SteadyLoad.StartAsync(
            gateways,
            size.FloodPerMinute / 60.0 / gateways.Count,
            FloodCallers,
            _ => Wire.Request("GET", "/v1/read/x", TestKeys.Format.Generate(environment!))
        );
        await Task.Delay(Settling);
        var began = Stopwatch.GetTimestamp();
        await ColdAsync(cold, window);
        var times = load.Since(began);
        _rate = flood.Rate;
        Add(_unknown, flood.Said);
        return times;
    }

    // One after the other over the window, each at one gateway in turn.
    private async Task ColdAsync(List<MadeKey> cold, TimeSpan window)
    {
        var wires = await fleet.ConnectAsync();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < cold.Count; i++)
        {
            await PassAsync((window * i / cold.Count) - Stopwatch.GetElapsedTime(began));
            var sent = Stopwatch.GetTimestamp();
            var answer = await wires[i % wires.Length].AskAsync(cold[i].Request);
            _coldTimes.Add(Times.Between(sent, Stopwatch.GetTimestamp()));
            Add(_cold, new Dictionary<string, int> { [answer.Said] = 1 });
        }
        await PassAsync(window - Stopwatch.GetElapsedTime(began));
        Array.ForEach(wires, w => w.Dispose());
    }

    private async Task<double> LookupsAsync()
    {
        using var client = new HttpClient();
        var sum = 0.0;
        foreach (var gateway in fleet.Fleet.Gateways)
        {
            var scrape = new PrometheusScrape(await client.GetStringAsync(new Uri(gateway.Ops, "/metrics")));
            sum += scrape["gateway_store_lookups_total"];
        }
        return sum;
    }

    private static void Add(Dictionary<string, int> to, IReadOnlyDictionary<string, int> said)
    {
        foreach (var (answer, count) in said)
            to[answer] = to.GetValueOrDefault(answer) + count;
    }

    private static double Median(List<Times> windows) =>
        new Times(windows.Select(w => w.Percentile(99))).Percentile(50);

    private static string Join(List<Times> windows) =>
        string.Join(", ", windows.Select(w => $"{w.Percentile(99):0.0}"));

    private static string Join(Dictionary<string, int> said) =>
        string.Join(", ", said.Select(s => $"{s.Value} × {s.Key}"));

    private static Task PassAsync(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time) : Task.CompletedTask;
}
