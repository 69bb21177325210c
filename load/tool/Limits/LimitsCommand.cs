using System.CommandLine;

namespace Gateway.Load;

/// <summary>Shows how well gateways keep a limit together, and what asking Redis adds to a request.</summary>
internal static class LimitsCommand
{
    private static readonly Option<string> Redis = new("--redis")
    {
        Description = "A Redis of the measurement's own, host:port.",
        Required = true,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = StandOptions.Command(
            "limits",
            "Measure limits that three gateways share, with Redis and without, and what that costs a request.",
            (options, result) => RunAsync(options, result.GetRequiredValue(Redis))
        );
        command.Add(Redis);
        return command;
    }

    private static async Task<int> RunAsync(StandOptions options, string redis)
    {
        var sheet = new ResultSheet("limits", "Rate limits", "make limits", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        await using (var shared = await SharedLimits.StartAsync(sheet, stand, redis))
            await shared.MeasureAsync();
        return await sheet.WriteAsync();
    }
}
