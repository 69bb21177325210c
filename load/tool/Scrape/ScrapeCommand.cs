using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>Times <c>/metrics</c> of a gateway with many routes, in this process and over a connection: with the outcomes a
/// route usually has, and with every outcome there is on each of them.</summary>
internal static class ScrapeCommand
{
    private const int Routes = 1_000;
    private const int WarmUps = 20;
    private const int Scrapes = 300;

    // The issue's: Prometheus asks every few seconds, and what it costs is taken from requests.
    private const double BarMs = 50;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var results = new Option<string>("--results") { Description = "Folder for the result.", Required = true };
        var command = new Command("scrape", "Time of /metrics with a thousand routes.") { results };
        command.SetAction((result, _) => RunAsync(result.GetRequiredValue(results)));
        return command;
    }

    private static async Task<int> RunAsync(string results)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-scrape-").FullName;
        var sheet = new ResultSheet("scrape", "/metrics", "make scrape", results);
        try
        {
            await using var app = await StartAsync(folder);
            sheet.Section($"{Routes:#,0} routes", $"{Scrapes} scrapes over one connection, after {WarmUps}.");
            Fill(app, [null, DenyReason.Unauthorized, DenyReason.InsufficientPermissions]);
            await MeasureAsync(app, sheet, "three outcomes a route");
            Fill(app, [.. Enum.GetValues<DenyReason>().Select(r => (DenyReason?)r)]);
            await MeasureAsync(app, sheet, "every outcome a route");
            await app.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return await sheet.WriteAsync();
    }

    private static void Fill(WebApplication app, DenyReason?[] outcomes)
    {
        var decisions = app.Services.GetRequiredService<Decisions>();
        for (var route = 0; route < Routes; route++)
            foreach (var outcome in outcomes)
                decisions.Count($"route-{route}", outcome);
    }

    private static async Task MeasureAsync(WebApplication app, ResultSheet sheet, string what)
    {
        using var client = new HttpClient();
        var url = new Uri(new Uri(app.Services.GetRequiredService<OpsServer>().Url), "/metrics");
        var times = new List<double>();
        var size = 0;
        for (var i = 0; i < WarmUps + Scrapes; i++)
        {
            var started = Stopwatch.GetTimestamp();
            size = (await client.GetByteArrayAsync(url)).Length;
            if (i >= WarmUps)
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        var all = new Times(times);
        sheet.Tell($"{what}: size", size / 1024.0, " KiB");
        sheet.Tell($"{what}: median", all.Median, " ms");
        sheet.AtMost($"{what}: 99 %", all.Percentile(99), BarMs, " ms");
    }

    private static async Task<WebApplication> StartAsync(string folder)
    {
        var store = new StoreOptions { ConnectionString = $"Data Source={Path.Combine(folder, "gateway.db")}" };
        await using (var database = Database.Create(store))
            await Migrator.MigrateAsync(database);
        var routes = Path.Combine(folder, "routes.json");
        await File.WriteAllTextAsync(routes, RoutesText());
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Ops:Url"] = "http://127.0.0.1:0",
            ["Gateway:RoutesFile"] = routes,
            ["Store:ConnectionString"] = store.ConnectionString,
        };
        var app = GatewayApp.Build(
            [],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                builder.Logging.ClearProviders();
            }
        );
        await app.StartAsync();
        return app;
    }

    private static string RoutesText()
    {
        var text = new StringBuilder("""{"ReverseProxy":{"Routes":{""");
        for (var route = 0; route < Routes; route++)
            text.Append(route == 0 ? "" : ",")
                .Append(
                    $$$"""
                    "route-{{{route}}}":{"ClusterId":"up","Match":{"Path":"/r{{{route}}}/{**rest}"},"Metadata":{"Access":"key"}}
                    """
                );
        return text.Append("""},"Clusters":{"up":{"Destinations":{"one":{"Address":"http://127.0.0.1:1"}}}}}}""")
            .ToString();
    }
}
