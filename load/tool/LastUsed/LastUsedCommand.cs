using System.CommandLine;

namespace Gateway.Load;

/// <summary>Shows what recording "last used" costs when every request has another key, which is when it costs most.</summary>
internal static class LastUsedCommand
{
    private static readonly Option<int> Keys = new("--keys")
    {
        Description = "Keys in turn.",
        DefaultValueFactory = _ => 100_000,
    };

    private static readonly Option<int> Rounds = new("--pairs")
    {
        Description = "Pairs of windows.",
        DefaultValueFactory = _ => 6,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = StandOptions.Command(
            "last-used",
            "Measure the recording of uses, with many keys in turn at half of what the gateway can serve.",
            (options, result) => RunAsync(options, result.GetRequiredValue(Keys), result.GetRequiredValue(Rounds))
        );
        command.Add(Keys);
        command.Add(Rounds);
        return command;
    }

    private static async Task<int> RunAsync(StandOptions options, int keys, int pairs)
    {
        var sheet = new ResultSheet("last-used", "Last used", "make last-used", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        await new Recording(sheet, stand, "postgres", keys, pairs).MeasureAsync();
        // It has no bar.
        await new Recording(sheet, stand, "sqlite", keys, (pairs + 1) / 2).MeasureAsync();
        return await sheet.WriteAsync();
    }
}
