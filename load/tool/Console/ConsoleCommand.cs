namespace Gateway.Load;

/// <summary>How long the console's pages take in an account with ten thousand keys.</summary>
internal static class ConsoleCommand
{
    // The largest account has a tenth of all.
    private const int Keys = 100_000;
    private const int WarmUps = 5;
    private const int Calls = 60;
    private const double MillisecondsMax = 300;

    /// <summary>The command.</summary>
    public static System.CommandLine.Command Create() =>
        StandOptions.Command(
            "console",
            "Time the console's pages in an account with ten thousand keys.",
            (options, _) => RunAsync(options)
        );

    private static async Task<int> RunAsync(StandOptions options)
    {
        var sheet = new ResultSheet("console", "The console with 10,000 keys", "make console", options.Results);
        await using var stand = await ScaleStand.OpenAsync(options);
        foreach (var provider in new[] { "sqlite", "postgres" })
            await MeasureAsync(sheet, stand, await stand.SeedAsync(provider, Keys), provider);
        return await sheet.WriteAsync();
    }

    private static async Task MeasureAsync(ResultSheet sheet, ScaleStand stand, ScaleStore store, string provider)
    {
        sheet.Section(
            $"On {provider}",
            $"Milliseconds from a page's request to its last byte, of an operator who is signed in: {Calls} of each after "
                + $"{WarmUps}, in turn. {Keys:N0} keys, of which the account has {Keys / 10:N0}. The bar is for the slowest."
        );
        await using var admin = await stand.StartAdminAsync(store, ("Admin:Console:Url", "http://127.0.0.1"));
        using var browser = new ConsoleClient(admin.Url);
        await browser.SignInAsync(ScaleStand.OperatorToken);
        var pages = PagesOf(store.Keys);
        var times = pages.ConvertAll(_ => new List<double>());
        for (var i = 0; i < WarmUps + Calls; i++)
        {
            for (var page = 0; page < pages.Count; page++)
                times[page].Add(await browser.OpenAsync(pages[page].Path));
        }
        for (var page = 0; page < pages.Count; page++)
        {
            var taken = new Times(times[page].Skip(WarmUps));
            sheet.Tell($"{pages[page].Name}, median", taken.Median, " ms");
            sheet.AtMost($"{pages[page].Name}, slowest", taken.Max, MillisecondsMax, " ms");
        }
    }

    private static List<(string Name, string Path)> PagesOf(SeededKeys keys)
    {
        var account = $"/console/accounts/{keys.Account(0).Id}";
        var middle = keys.Record(keys.Count / 2).Id;
        return
        [
            ("API keys", account + "/keys"),
            ("API keys, from the middle", $"{account}/keys?after={middle}"),
            ("API keys, searched for a name", account + "/keys?q=Key+77770"),
            ("API keys, searched for what none has", account + "/keys?q=nothing"),
            ("API keys, of one environment", account + "/keys?environment=production"),
            ("API keys, revoked ones", account + "/keys?status=revoked"),
            ("a key", $"{account}/keys/{middle}"),
            ("revoking it", $"{account}/keys/{middle}/revoke"),
            ("creating one", account + "/keys/new"),
            ("the account", account),
        ];
    }
}
