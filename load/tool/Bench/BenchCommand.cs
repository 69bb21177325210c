using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Gateway.Load;

/// <summary>
/// Times the parts of a decision and the whole of it in this process, after the runtime has compiled them for good, and
/// holds them to bars. A loop finds every cache warm, so times are less than those of a request among others; ratios and
/// allocations are what they are.
/// </summary>
internal static class BenchCommand
{
    // Long against the clock and the scheduler, short enough that a disturbance hits few of them; the median is reported.
    private static readonly TimeInterval Iteration = TimeInterval.FromMilliseconds(100);
    private const int WarmUps = 10;
    private const int Iterations = 15;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var results = new Option<string?>("--results") { Description = "Folder for the result; none when absent." };
        var command = new Command("bench", "Time and allocations of the decision, part by part.") { results };
        command.SetAction(
            async (result, _) =>
            {
                var report = new BenchReport();
                foreach (
                    var type in (Type[])
                        [
                            typeof(KeyBenchmarks),
                            typeof(VerdictBenchmarks),
                            typeof(LimitBenchmarks),
                            typeof(RequestBenchmarks),
                        ]
                )
                    report.Add(Run(type));
                report.Conclude(RequestBenchmarks.Allocated());
                if (result.GetValue(results) is { } folder)
                    await report.WriteAsync(folder);
                return report.Holds ? 0 : 1;
            }
        );
        return command;
    }

    private static Summary Run(Type benchmarks)
    {
        var log = new BenchLog();
        var summary = BenchmarkRunner.Run(benchmarks, Configuration(log));
        if (summary.Reports.Length == 0 || summary.Reports.Any(r => r.ResultStatistics is null))
            throw new InvalidOperationException(log.ToString());
        return summary;
    }

    private static ManualConfig Configuration(BenchLog log) =>
        ManualConfig
            .CreateEmpty()
            .AddJob(
                // No project is generated, so none must restore.
                Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                    .WithClock(new ThreadClock())
                    .WithIterationTime(Iteration)
                    .WithWarmupCount(WarmUps)
                    .WithIterationCount(Iterations)
            )
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(log)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.GetTempPath());
}
