using System.CommandLine;

namespace Gateway.Load;

/// <summary>Shows that whoever dribbles, stalls or hoards costs a bounded amount of memory, and costs the others
/// little.</summary>
internal static class AbuseCommand
{
    private const int StoredKeys = 1_000;
    private const int Connections = 8;
    private const int PerSecond = 400;
    private const int Baselines = 3;
    private const double SlowerMax = 2;

    // What ops/kubernetes/base gives a gateway; and three quarters of it in hexadecimal, which is what the runtime takes for
    // its heap in a container of that size.
    private const double ResidentMebibytesMax = 512;
    private const string HeapLimit = "0x18000000";

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    /// <summary>The command.</summary>
    public static Command Create() =>
        StandOptions.Command(
            "abuse",
            "Measure memory and the times of honest requests while others dribble, stall and hoard.",
            (options, _) => RunAsync(options)
        );

    private static async Task<int> RunAsync(StandOptions options)
    {
        var sheet = new ResultSheet("abuse", "Abuse", "make abuse", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        var store = await stand.SeedAsync("sqlite", StoredKeys);
        var routes = Path.Combine(stand.Folder, "routes-abuse.json");
        await File.WriteAllTextAsync(routes, Routes(stand.Upstream.Url));
        var http2 = new Uri($"http://127.0.0.1:{Ports.Free()}");
        await using var gateway = await stand.ServeAsync(
            store,
            1,
            ("Gateway:RoutesFile", routes),
            ("Kestrel:Endpoints:Http2:Url", http2.ToString()),
            ("Kestrel:Endpoints:Http2:Protocols", "Http2"),
            ("DOTNET_GCHeapHardLimit", HeapLimit)
        );
        var requests = ScaleStand.Requests(store.Keys, store.Keys.Usable().Take(100));
        await new Traffic(gateway.Url, Connections).RunAsync(requests, WarmUp);

        sheet.Section(
            "Honest traffic beside each abuse",
            $"{PerSecond} requests a second with keys over {Connections} connections, windows of {Window.TotalSeconds:0} s. "
                + $"Alone first, {Baselines} windows, the middle one of them counts; then while each abuse has gone on for "
                + $"{Settle.TotalSeconds:0} s. Memory is the most that the process occupied meanwhile; its heap is limited as the runtime "
                + $"does in a container of {ResidentMebibytesMax:0} MiB."
        );
        List<double> alone = [];
        for (var i = 0; i < Baselines; i++)
            alone.Add((await ServeAsync(gateway, requests)).P99);
        var baseline = new Times(alone).Median;
        sheet.Tell("alone, p99", baseline, " ms");
        sheet.Tell("alone, resident", gateway.ResidentBytes / (double)(1 << 20), " MiB");
        foreach (var abuse in Abuses.Of(gateway.Url, http2))
            await MeasureAsync(sheet, gateway, requests, abuse, baseline);
        sheet.Section("Afterwards", "The same traffic once everybody has gone.");
        await Task.Delay(Settle);
        sheet.AtMost(
            "p99 as a multiple of what it was",
            (await ServeAsync(gateway, requests)).P99 / baseline,
            SlowerMax
        );
        return await sheet.WriteAsync();
    }

    private static async Task MeasureAsync(
        ResultSheet sheet,
        ServerProcess gateway,
        List<byte[]> requests,
        Abuse abuse,
        double baseline
    )
    {
        await using var going = abuse.Begin();
        await Task.Delay(Settle);
        var (p99, refused, mebibytes) = await ServeAsync(gateway, requests);
        sheet.AtMost($"{abuse.Name}: p99 as a multiple", p99 / baseline, SlowerMax);
        sheet.Exactly($"{abuse.Name}: honest requests that were not answered", refused, 0);
        sheet.AtMost($"{abuse.Name}: resident", mebibytes, ResidentMebibytesMax, " MiB");
    }

    private static async Task<(double P99, long Refused, double Mebibytes)> ServeAsync(
        ServerProcess gateway,
        List<byte[]> requests
    )
    {
        var serving = new Traffic(gateway.Url, Connections).RunAsync(requests, Window, PerSecond, timed: true);
        var most = 0L;
        while (await Task.WhenAny(serving, Task.Delay(100)) != serving)
            most = Math.Max(most, gateway.ResidentBytes);
        var served = await serving;
        return (new Times(served.Milliseconds).Percentile(99), served.Other, most / (double)(1 << 20));
    }

    private static string Routes(string upstream) =>
        $$"""
            { "ReverseProxy": {
              "Routes": {
                "r0": { "ClusterId": "up", "Match": { "Path": "/v1/r0/{**rest}" },
                  "Metadata": { "Permissions": "{{SeededKeys.Permission}}" } },
                "open": { "ClusterId": "up", "Match": { "Path": "/open/{**rest}" }, "Metadata": { "Access": "anonymous" } }
              },
              "Clusters": { "up": { "Destinations": { "one": { "Address": "{{upstream}}" } } } }
            } }
            """;
}
