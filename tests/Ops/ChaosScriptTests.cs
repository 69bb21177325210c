namespace Gateway.Tests;

/// <summary><c>make chaos</c>, interrupted while a fleet is in trouble.</summary>
[Collection(nameof(DemoCollection))]
public sealed class ChaosScriptTests
{
    // The first build of a clone is in it.
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(8);

    // Gateways drain, servers notice that nobody is there any more: some seconds each, on a machine that is free.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task ChaosThatIsInterrupted_LeavesNoProcessBehind()
    {
        var mark = $"GATEWAY_CHAOS_TEST={Guid.NewGuid()}";
        // Whoever is started by a script in the background ignores what Ctrl-C sends; at a terminal nobody does.
        await using var chaos = RunningProcess.Run(
            "env",
            ["--default-signal=INT", mark, Path.Combine(Repository.Root, "ops", "chaos.sh")],
            new() { ["SECONDS"] = "300" }
        );
        await Eventually.TrueAsync(
            () =>
            {
                Assert.False(chaos.HasExited, chaos.Output);
                return Running(mark, "gateway.dll") == 3 && Running(mark, "postgres") > 0;
            },
            StartsWithin
        );

        chaos.Signal(Signals.Interrupt);

        Assert.Equal(130, await chaos.ExitAsync(EndsWithin));
        await Eventually.TrueAsync(() => ProcessTable.With(mark).Count == 0, EndsWithin);
    }

    private static int Running(string mark, string program) =>
        ProcessTable.With(mark).Count(p => p.CommandLine.Contains(program, StringComparison.Ordinal));
}
