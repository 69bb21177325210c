using System.Diagnostics;
using System.Globalization;

namespace Gateway.Tests;

/// <summary>
/// A fleet of real processes in trouble, with clients, administrators and a checker that knows nothing of its code. Two
/// minutes here; <c>make chaos</c> runs it for longer, with other seeds, and shows how it goes.
/// </summary>
/// <param name="output">Where a run is told of.</param>
[Collection(nameof(ChaosTests))]
public sealed class ChaosTests(ITestOutputHelper output)
{
    // Starting the fleet, its last calm, its end and the checking.
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(30);

    // A run that has not ended by then hangs.
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(90);

    private static readonly bool IsLive = Setting("CHAOS_LIVE", "") == "1";

    // Not on the few threads the test runner has tests take turns on: clients, relays and upstream are all in here.
    [Fact]
    public Task Fleet_KeepsItsPromises_WhateverBreaks() => Task.Run(RunAsync);

    private async Task RunAsync()
    {
        var seeds = Setting("CHAOS_SEEDS", "1").Split(',');
        var seconds = int.Parse(Setting("CHAOS_SECONDS", "120"), CultureInfo.InvariantCulture);
        var failed = new List<string>();
        foreach (var seed in seeds)
        {
            var length = TimeSpan.FromSeconds(seconds / seeds.Length) - Around;
            var plan = ChaosPlan.Of(int.Parse(seed, CultureInfo.InvariantCulture), length);
            if (await RunAsync(plan) is { } kept)
                failed.Add($"seed {seed}: {kept}");
        }
        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    // Null when nothing was wrong; else where the history is.
    private async Task<string?> RunAsync(ChaosPlan plan)
    {
        Tell(
            $"seed {plan.Seed}: {plan.Faults.Count} faults and {plan.Writes.Count} writes in {plan.Length.TotalSeconds} s"
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(plan.Length + TooLong);
        await using var run = await ChaosRun.StartAsync(plan);
        var told = TellAsync(run, stop.Token);
        try
        {
            await run.RunAsync(stop.Token);
        }
        catch
        {
            Tell($"It came to a bad end: {Keep(run, plan)}");
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await told;
        }
        var watch = Stopwatch.StartNew();
        var violations = Checker.Check(run.History);
        Tell(ChaosReport.Of(run.History, violations));
        Tell($"{run.Injected} faults injected, checked in {watch.Elapsed.TotalSeconds:0.0} s");
        return violations.Count == 0 ? null : $"{violations.Count} violations, {Keep(run, plan)}";
    }

    private static string Keep(ChaosRun run, ChaosPlan plan)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "chaos"));
        var path = Path.Combine(folder.FullName, $"seed-{plan.Seed}-{run.History.Header.Epoch:yyyyMMdd-HHmmss}");
        run.History.Save(path + ".jsonl");
        File.WriteAllText(path + ".log", run.Output);
        return path + ".jsonl";
    }

    private async Task TellAsync(ChaosRun run, CancellationToken stop)
    {
        while (IsLive && !stop.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Tell(run.Status);
        }
    }

    // The runner keeps a test's output until the test has ended; whoever runs this by hand wants to see it.
    private void Tell(string text)
    {
        if (IsLive)
            Console.WriteLine(text);
        else
            output.WriteLine(text);
    }

    private static string Setting(string name, string otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
}

/// <summary>By itself, after the others: it wants the machine's time, and so do they.</summary>
[CollectionDefinition(nameof(ChaosTests), DisableParallelization = true)]
public sealed class ChaosCollection;
