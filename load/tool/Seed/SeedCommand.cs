using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Fills an empty store with as many keys as one likes.</summary>
internal static class SeedCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var provider = new Option<string>("--provider") { Description = "sqlite or postgres.", Required = true };
        var connection = new Option<string>("--connection") { Description = "Its connection string.", Required = true };
        var keys = new Option<long>("--keys") { Description = "How many.", DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<int>("--seed")
        {
            Description = "The same keys for the same number.",
            DefaultValueFactory = _ => 0,
        };
        var command = new Command("seed", "Fill an empty store with keys.") { provider, connection, keys, seed };
        command.SetAction(
            (result, stop) =>
                RunAsync(
                    new StoreOptions
                    {
                        Provider = result.GetRequiredValue(provider),
                        ConnectionString = result.GetRequiredValue(connection),
                    },
                    new SeededKeys(result.GetRequiredValue(keys), result.GetRequiredValue(seed), TimeProvider.System),
                    stop
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(StoreOptions store, SeededKeys keys, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await Seeder.FillAsync(store, keys, stop);
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{keys.Count:#,0} keys of {keys.Accounts:#,0} accounts in {took:0.0} s; one of them: {keys.Secret(1)}"
            )
        );
        return 0;
    }
}
