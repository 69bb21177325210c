using System.CommandLine;

namespace Gateway.Load;

/// <summary>
/// Drives the gateway and what it is compared with in turn, round after round, and compares what each costs per request.
/// <code>
///   processor 0   the proxy that is measured (the others run, and are idle)
///   processor 1   wrk, the upstream
/// </code>
/// A ratio is of two drives of the same round, so that whatever else the machine does falls on both; what is reported is
/// the median of all rounds. The order turns around with every round.
/// </summary>
internal static class CompareCommand
{
    private const int Measured = 0;
    private const int Others = 1;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var gateway = new Option<string>("--gateway")
        {
            Description = "The gateway's executable or its .dll.",
            Required = true,
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Times each is driven.",
            DefaultValueFactory = _ => 15,
        };
        var seconds = new Option<int>("--seconds") { Description = "Length of a drive.", DefaultValueFactory = _ => 2 };
        var warm = new Option<int>("--warm")
        {
            Description = "Seconds each is driven before.",
            DefaultValueFactory = _ => 20,
        };
        var connections = new Option<int>("--connections")
        {
            Description = "Open at once.",
            DefaultValueFactory = _ => 64,
        };
        var ablation = new Option<bool>("--ablation")
        {
            Description = "Compare the gateway with itself without each of its settings.",
        };
        var results = new Option<string?>("--results") { Description = "Folder for the result; none when absent." };
        var command = new Command("compare", "Processor time per request, side by side.")
        {
            gateway,
            rounds,
            seconds,
            warm,
            connections,
            ablation,
            results,
        };
        command.SetAction(
            async (result, stop) =>
            {
                var size = new CompareSize(
                    result.GetValue(rounds),
                    result.GetValue(seconds),
                    result.GetValue(warm),
                    result.GetValue(connections)
                );
                var table = new CompareTable(size, result.GetValue(ablation));
                await RunAsync(result.GetRequiredValue(gateway), size, table, stop);
                if (result.GetValue(results) is { } folder)
                    await table.WriteAsync(folder);
                return table.Holds ? 0 : 1;
            }
        );
        return command;
    }

    private static async Task RunAsync(string gateway, CompareSize size, CompareTable table, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-compare-").FullName;
        var running = new List<PinnedProcess>();
        try
        {
            var secret = await CompareStore.MakeAsync(folder);
            var headers = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Authorization"] = "Bearer " + secret,
            };
            var upstream = Peers.Upstream(folder, Ports.Free());
            running.Add(await PinnedProcess.StartAsync(upstream, Others, folder));
            var targets = new Targets(folder, gateway, upstream.Port);
            var driven = new List<(Target Target, PinnedProcess Process)>();
            foreach (var target in table.IsAblation ? targets.Ablation() : targets.All())
            {
                var process = await PinnedProcess.StartAsync(target, Measured, folder);
                running.Add(process);
                driven.Add((target, process));
                await DriveAsync(target, headers, size, size.WarmSeconds);
            }
            for (var round = 0; round < size.Rounds; round++)
            {
                foreach (var (target, process) in round % 2 == 0 ? driven : Enumerable.Reverse(driven))
                {
                    stop.ThrowIfCancellationRequested();
                    var (user, system) = process.Used();
                    var wrk = await DriveAsync(target, headers, size, size.Seconds);
                    var (userAfter, systemAfter) = process.Used();
                    table.Add(target.Name, Sample(wrk, userAfter - user, systemAfter - system));
                }
            }
            foreach (var (target, process) in driven)
                table.Resident(target.Name, process.Resident());
            await table.PrintAsync();
        }
        finally
        {
            foreach (var process in Enumerable.Reverse(running))
                await process.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Wrk> DriveAsync(
        Target target,
        Dictionary<string, string> headers,
        CompareSize size,
        int seconds
    ) => Wrk.DriveAsync(Others, target.Port, Targets.Path, headers, size.Connections, seconds);

    private static Sample Sample(Wrk wrk, double user, double system) =>
        new((user + system) / wrk.Requests * 1e6, system / (user + system), wrk.PerSecond, wrk.P50, wrk.P99);
}

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Times each is driven.</param>
/// <param name="Seconds">Length of a drive.</param>
/// <param name="WarmSeconds">Driven before, uncounted.</param>
/// <param name="Connections">Open at once.</param>
internal sealed record CompareSize(int Rounds, int Seconds, int WarmSeconds, int Connections);
