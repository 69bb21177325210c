using System.CommandLine;

namespace Gateway.Load;

/// <summary>Shows that gateways behind a load balancer are replaced one after the other without a request failing.</summary>
internal static class RollingCommand
{
    // A quarter of what one gateway serves on a small machine, so that two carry it while the third starts.
    private const double PerSecond = 400;

    private const int DrainDelaySeconds = 2;

    private static readonly Option<int> Seconds = new("--seconds")
    {
        Description = "How long requests are made.",
        DefaultValueFactory = _ => 60,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = StandOptions.Command(
            "rolling",
            "Restart three gateways behind HAProxy one after the other while requests are made.",
            (options, result) => RunAsync(options, TimeSpan.FromSeconds(result.GetRequiredValue(Seconds)))
        );
        command.Add(Seconds);
        return command;
    }

    private static async Task<int> RunAsync(StandOptions options, TimeSpan time)
    {
        var sheet = new ResultSheet("rolling", "Rolling restart", "make rolling", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        var plan = new RollingPlan("postgres", time, PerSecond, DrainDelaySeconds);
        sheet.Section(
            "Three gateways on Postgres behind HAProxy",
            $"{PerSecond:0} requests/s for {time.TotalSeconds:0} s over kept connections, of ten one that takes 250 ms and two "
                + "with a body, while the gateways are stopped (SIGTERM) and started in turn, over and over. HAProxy asks /readyz "
                + $"four times a second and repeats nothing (`retries 0`); `Gateway:DrainDelaySeconds` is {DrainDelaySeconds}. "
                + "Every stop is one of a rolling restart; three make a whole one."
        );
        Tell(sheet, await RollingRestart.RunAsync(stand, plan));
        return await sheet.WriteAsync();
    }

    private static void Tell(ResultSheet sheet, RollingOutcome outcome)
    {
        var tally = outcome.Tally;
        sheet.Exactly("requests that failed", tally.Failures, 0);
        if (tally.Failures > 0)
            sheet.Tell("of these", tally.Words());
        sheet.Tell("requests answered 200", tally.Answered, "");
        sheet.Tell("restarts", outcome.StartSeconds.Count, "");
        sheet.Exactly("processes that ended with another code than 0", outcome.BadExits, 0);
        sheet.Exactly("uses in the store once all have stopped", outcome.Recorded, tally.Answered);
        sheet.Exactly("rows left open, which receipts would wait for", outcome.OpenRows, 0);
        sheet.Tell("requests, ms", new Times(tally.Milliseconds).ToString());
        sheet.Tell("from SIGTERM to the end, s", new Times(outcome.StopSeconds).ToString());
        sheet.Tell("from the start to ready, s", new Times(outcome.StartSeconds).ToString());
    }
}
