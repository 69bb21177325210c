using System.CommandLine;
using System.Diagnostics;

namespace Gateway.Load;

/// <summary>
/// Shows that whoever dribbles, stalls or hoards costs a bounded amount of memory, and costs the others little.
/// <code>
///   processor 0   the gateway
///   processor 1   honest callers, the upstream; the attackers, at the lowest priority
/// </code>
/// Windows beside an abuse are compared with windows without it, taken in turns.
/// </summary>
internal static class AbuseCommand
{
    private const int Measured = 0;
    private const int Others = 1;
    private const int StoredKeys = 1_000;
    private const int UsedKeys = 100;
    private const double SlowerMax = 2;

    // What ops/kubernetes/base gives a gateway; and three quarters of it in hexadecimal, which is what the runtime takes for
    // its heap in a container of that size.
    private const double ResidentMebibytesMax = 512;
    private const string HeapLimit = "0x18000000";

    private static readonly Option<int> Pairs = Number("--pairs", 9, "Windows beside each abuse, and without it.");
    private static readonly Option<int> Seconds = Number("--seconds", 4, "Length of a window.");
    private static readonly Option<int> Warm = Number("--warm", 8, "Seconds before: of load, and of each abuse.");
    private static readonly Option<int> Rate = Number("--rate", 1_000, "Honest requests a second.");
    private static readonly Option<int> Callers = Number("--connections", 16, "Of honest callers.");
    private static readonly Option<string> Only = new("--only")
    {
        Description = "Abuses whose names have this in them.",
    };

    // Until as many attackers are there as there will be, and until all are gone.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = StandOptions.Command(
            "abuse",
            "Measure memory and the times of honest requests while others dribble, stall and hoard.",
            RunAsync
        );
        foreach (var option in new Option[] { Pairs, Seconds, Warm, Rate, Callers, Only })
            command.Add(option);
        return command;
    }

    private static async Task<int> RunAsync(StandOptions options, ParseResult given)
    {
        await PinAsync(Others);
        var sheet = new ResultSheet("abuse", "Abuse", "make abuse", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        var store = await stand.SeedAsync("sqlite", StoredKeys);
        var http2 = ServerProcess.NewPlace();
        var upstream = AbusedUpstream.In(stand.Folder, Ports.Free());
        await using var answering = await PinnedProcess.StartAsync(upstream, Others, stand.Folder);
        await using var gateway = await ServeAsync(options, stand, store, upstream.Port, http2);
        var requests = ScaleStand.Requests(store.Keys, store.Keys.Usable().Take(UsedKeys));
        var honest = new Honest(gateway, requests, given.GetValue(Callers), given.GetValue(Rate));
        await honest.WarmAsync(TimeSpan.FromSeconds(given.GetValue(Warm)));

        sheet.Section("Honest requests beside each abuse", How(given));
        var abuses = Abuses.Of(gateway.Url, http2);
        for (var i = 0; i < abuses.Count; i++)
        {
            if (!abuses[i].Name.Contains(given.GetValue(Only) ?? "", StringComparison.Ordinal))
                continue;
            var number = i;
            await MeasureAsync(sheet, abuses[i], honest, () => Attacker.Start(number, honest.Url, http2), given);
        }
        return await sheet.WriteAsync();
    }

    private static string How(ParseResult given) =>
        $"{given.GetValue(Rate)} requests a second with keys over {given.GetValue(Callers)} connections, in "
        + $"{given.GetValue(Pairs)} windows of {given.GetValue(Seconds)} s beside each abuse, {Settle.TotalSeconds:0} s after it "
        + "began, and as many windows without it in between; compared are the middle ones of their p99s, times are those of all windows together. Who is hung up on comes "
        + "again. The gateway has a processor to itself; honest callers, attackers and the upstream have the other, the attackers "
        + "when nobody else wants it. A second in which the host took 1 % of a processor or more for others is not counted, "
        + "neither beside nor without. Memory is the most that the gateway occupied; its heap is limited as the runtime does in a "
        + $"container of {ResidentMebibytesMax:0} MiB.";

    private static async Task MeasureAsync(
        ResultSheet sheet,
        Abuse abuse,
        Honest honest,
        Func<Attacker> begin,
        ParseResult given
    )
    {
        var (name, seconds) = (abuse.Name, given.GetValue(Seconds));
        List<Window> beside = [];
        List<Window> alone = [];
        // What a server does only when it is abused is compiled as well, and once more when it has been done often.
        await using (begin())
            await honest.ServeAsync(given.GetValue(Warm));
        for (var i = 0; i < given.GetValue(Pairs); i++)
        {
            await Task.Delay(Settle);
            if (i % 2 == 0)
                alone.Add(await honest.ServeAsync(seconds));
            await using (begin())
            {
                await Task.Delay(Settle);
                beside.Add(await honest.ServeAsync(seconds));
            }
            await Task.Delay(Settle);
            if (i % 2 != 0)
                alone.Add(await honest.ServeAsync(seconds));
        }
        var slower = MiddleP99(beside) / MiddleP99(alone);
        if (abuse.IsFromMany)
            sheet.Tell($"{name}: p99 as a multiple", ResultSheet.Number(slower));
        else
            sheet.AtMost($"{name}: p99 as a multiple", slower, SlowerMax);
        sheet.Tell($"{name}: p99 of each window, ms", $"{P99s(beside)}; without {P99s(alone)}");
        sheet.Tell($"{name}: times, ms", $"{Told(beside)}; without {Told(alone)}");
        sheet.Tell($"{name}: processors", $"{Processors(beside)}; without {Processors(alone)}");
        sheet.Exactly($"{name}: honest requests that were not answered", beside.Concat(alone).Sum(w => w.Refused), 0);
        sheet.AtMost($"{name}: resident", beside.Max(w => w.Mebibytes), ResidentMebibytesMax, " MiB");
    }

    // One pause in one window is a hundredth of all its requests: what counts is the window in the middle.
    private static double MiddleP99(List<Window> windows) =>
        new Times(windows.Where(w => w.Seconds > 0).Select(P99)).Median;

    private static string P99s(List<Window> windows) =>
        string.Join(' ', windows.Where(w => w.Seconds > 0).Select(w => ResultSheet.Number(P99(w))));

    private static double P99(Window window) => new Times(window.Times).Percentile(99);

    private static Times Pooled(List<Window> windows) => new(windows.SelectMany(w => w.Times));

    private static string Told(List<Window> windows) => $"{Pooled(windows)} in {windows.Sum(w => w.Seconds)} s";

    private static string Processors(List<Window> windows) => ResultSheet.Number(windows.Average(w => w.Processor));

    private static async Task<ServerProcess> ServeAsync(
        StandOptions options,
        ScaleStand stand,
        ScaleStore store,
        int upstream,
        Uri http2
    )
    {
        var routes = Path.Combine(stand.Folder, "routes-abuse.json");
        await File.WriteAllTextAsync(routes, Routes(upstream));
        var gateway = ServerProcess.Start(
            "taskset",
            ["-c", $"{Measured}", options.Gateway],
            store.Store,
            stand.Folder,
            ServerProcess.NewPlace(),
            ServerProcess.NewPlace(),
            ("Gateway:RoutesFile", routes),
            ("Logging:LogLevel:Default", "Warning"),
            ("Kestrel:Endpoints:Http2:Url", http2.ToString()),
            ("Kestrel:Endpoints:Http2:Protocols", "Http2"),
            ("DOTNET_GCHeapHardLimit", HeapLimit)
        );
        var path = new Uri(gateway.Url, ScaleStand.Target(0));
        await gateway.AnswersAsync(path, store.Keys.Secret(store.Keys.Usable().First()));
        return gateway;
    }

    // All threads there are; those to come take it from who starts them.
    private static async Task PinAsync(int processor)
    {
        var start = new ProcessStartInfo("taskset", ["-apc", $"{processor}", $"{Environment.ProcessId}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var taskset = Process.Start(start)!;
        await taskset.StandardOutput.ReadToEndAsync();
        await taskset.WaitForExitAsync();
    }

    private static Option<int> Number(string name, int number, string what) =>
        new(name) { Description = what, DefaultValueFactory = _ => number };

    private static string Routes(int upstream) =>
        $$"""
            { "ReverseProxy": {
              "Routes": {
                "r0": { "ClusterId": "up", "Match": { "Path": "/v1/r0/{**rest}" },
                  "Metadata": { "Permissions": "{{SeededKeys.Permission}}" } },
                "open": { "ClusterId": "up", "Match": { "Path": "/open/{**rest}" }, "Metadata": { "Access": "anonymous" } }
              },
              "Clusters": { "up": { "Destinations": { "one": { "Address": "http://127.0.0.1:{{upstream}}" } } } }
            } }
            """;
}
