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
    private const int WarmStep = 5;
    private const int QuietSteps = 2;

    // Of a processor. The compiler's clock counts in hundredths of a second.
    private const double Settled = 0.005;

    private static readonly Option<bool> Ablation = new("--ablation")
    {
        Description = "Compare the gateway with itself without each of its settings.",
    };

    private static readonly Option<bool> AccessLog = new("--access-log")
    {
        Description = "Compare the gateway with itself with a line for each request.",
    };

    private static readonly Option<bool> Alone = new("--without-peers")
    {
        Description = "Compare the gateway with bare YARP alone.",
    };

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
            Description = "Seconds each is driven before at most; until its runtime has compiled what it uses.",
            DefaultValueFactory = _ => 150,
        };
        var connections = new Option<int>("--connections")
        {
            Description = "Open at once.",
            DefaultValueFactory = _ => 64,
        };
        var results = new Option<string?>("--results") { Description = "Folder for the result; none when absent." };
        var command = new Command("compare", "Processor time per request, side by side.")
        {
            gateway,
            rounds,
            seconds,
            warm,
            connections,
            Ablation,
            AccessLog,
            Alone,
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
                var compared = ComparedBy(result);
                var table = new CompareTable(size, compared);
                var program = result.GetRequiredValue(gateway);
                await RunAsync(program, size, t => t.Of(compared, !result.GetValue(Alone)), table, stop);
                if (result.GetValue(results) is { } folder)
                    await table.WriteAsync(folder);
                return table.Holds ? 0 : 1;
            }
        );
        return command;
    }

    private static Compared ComparedBy(ParseResult result) =>
        result.GetValue(Ablation) ? Compared.Settings
        : result.GetValue(AccessLog) ? Compared.AccessLog
        : Compared.Peers;

    private static async Task RunAsync(
        string gateway,
        CompareSize size,
        Func<Targets, IEnumerable<Target>> choose,
        CompareTable table,
        CancellationToken stop
    )
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
            foreach (var target in choose(targets))
            {
                var process = await PinnedProcess.StartAsync(target, Measured, folder);
                running.Add(process);
                driven.Add((target, process));
                await WarmAsync(target, process, headers, size);
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

    // .NET compiles what is called often once more, and then again by what it has seen of it; on one processor that goes
    // on for a minute under load, and what is measured before is another program.
    private static async Task WarmAsync(
        Target target,
        PinnedProcess process,
        Dictionary<string, string> headers,
        CompareSize size
    )
    {
        var (driven, quiet) = (0, 0);
        while (driven < size.WarmSeconds && quiet < QuietSteps)
        {
            var before = process.Compilers();
            await DriveAsync(target, headers, size, WarmStep);
            driven += WarmStep;
            var cc = Compiled(before, process.Compilers());
            quiet = cc > Settled * WarmStep ? 0 : quiet + 1;
        }
        await Console.Error.WriteLineAsync($"{target.Name}: driven for {driven} s before");
    }

    private static double Compiled(Dictionary<string, double> before, Dictionary<string, double> after) =>
        after.Sum(thread => thread.Value - before.GetValueOrDefault(thread.Key));

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
/// <param name="WarmSeconds">Driven before at most, uncounted.</param>
/// <param name="Connections">Open at once.</param>
internal sealed record CompareSize(int Rounds, int Seconds, int WarmSeconds, int Connections);
