using System.CommandLine;

namespace Gateway.Load;

/// <summary>Compares ways of publishing the gateway: what they take to start, in memory, on disk and for a request.</summary>
internal static class StartupCommand
{
    private const int Starts = 9;
    private const int Connections = 8;
    private const int Windows = 5;
    private const double SecondsMax = 2;
    private const int StoredKeys = 1_000;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Option<string>("--published")
        {
            Description = "A folder with a folder for each way, in which there is a gateway.",
            Required = true,
        };
        var chosen = new Option<string>("--default") { Description = "The way that is ours.", Required = true };
        var results = new Option<string>("--results") { Description = "Folder of the result.", Required = true };
        var command = new Command("startup", "Compare ways of publishing.") { folder, chosen, results };
        command.SetAction(
            (result, _) =>
                RunAsync(
                    Path.GetFullPath(result.GetRequiredValue(folder)),
                    result.GetRequiredValue(chosen),
                    Path.GetFullPath(result.GetRequiredValue(results))
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(string folder, string chosen, string results)
    {
        var sheet = new ResultSheet("startup", "Start, memory and size", "make startup", results);
        await using var stand = await ScaleStand.OpenAsync(new StandOptions("", "", "", results));
        var store = await stand.SeedAsync("sqlite", StoredKeys);
        var ways = Directory
            .GetDirectories(folder)
            .Order(StringComparer.Ordinal)
            .Select(f => (Name: Path.GetFileName(f), Folder: f))
            .ToList();
        var starts = await StartAsync(stand, store, ways);
        foreach (var (name, path) in ways)
        {
            sheet.Section(
                name == chosen ? $"{name}, the default" : name,
                $"{Starts} starts in turn with the other ways, SQLite, {StoredKeys:N0} keys. Then {Windows} windows of "
                    + $"{Window.TotalSeconds:0} s at full load, each key in memory."
            );
            sheet.Tell("on disk", SizeOf(path) / (double)(1 << 20), " MiB");
            sheet.Tell("first answer, all, s", new Times(starts[name].Select(s => s.Seconds)).ToString());
            var median = new Times(starts[name].Select(s => s.Seconds)).Median;
            if (name == chosen)
                sheet.AtMost("first answer, median", median, SecondsMax, " s");
            else
                sheet.Tell("first answer, median", median, " s");
            sheet.Tell("processor time until then", new Times(starts[name].Select(s => s.Processor)).Median, " s");
            sheet.Tell("resident then", new Times(starts[name].Select(s => s.Mebibytes)).Median, " MiB");
            await ServeAsync(sheet, stand, store, path);
        }
        return await sheet.WriteAsync();
    }

    private static async Task<
        Dictionary<string, List<(double Seconds, double Processor, double Mebibytes)>>
    > StartAsync(ScaleStand stand, ScaleStore store, List<(string Name, string Folder)> ways)
    {
        var starts = ways.ToDictionary(w => w.Name, _ => new List<(double, double, double)>(), StringComparer.Ordinal);
        for (var i = 0; i < Starts; i++)
        {
            foreach (var (name, folder) in ways)
            {
                await using var gateway = stand.StartGateway(store, Executable(folder));
                var took = await FirstAnswerAsync(gateway, store);
                starts[name]
                    .Add(
                        (
                            took.TotalSeconds,
                            gateway.ProcessorTime.TotalSeconds,
                            gateway.ResidentBytes / (double)(1 << 20)
                        )
                    );
            }
        }
        return starts;
    }

    private static async Task ServeAsync(ResultSheet sheet, ScaleStand stand, ScaleStore store, string folder)
    {
        await using var gateway = stand.StartGateway(store, Executable(folder));
        await FirstAnswerAsync(gateway, store);
        var requests = ScaleStand.Requests(store.Keys, store.Keys.Usable());
        var traffic = new Traffic(gateway.Url, Connections);
        var costs = new List<double>();
        for (var i = 0; i < Windows * 2; i++)
            costs.Add(await Pairs.MicrosecondsAsync(gateway, () => traffic.RunAsync(requests, Window)));
        sheet.Tell("processor time of a request, warm", new Times(costs.Skip(Windows)).Median, " µs");
        sheet.Tell("resident after that", gateway.ResidentBytes / (double)(1 << 20), " MiB");
    }

    private static Task<TimeSpan> FirstAnswerAsync(ServerProcess gateway, ScaleStore store) =>
        gateway.AnswersAsync(
            new Uri(gateway.Url, ScaleStand.Target(0)),
            store.Keys.Secret(store.Keys.Usable().First())
        );

    private static string Executable(string folder) => Path.Combine(folder, "gateway");

    private static long SizeOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
}
