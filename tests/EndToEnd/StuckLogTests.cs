using Microsoft.Data.Sqlite;

namespace Gateway.Tests;

/// <summary>Whoever reads the log may stop reading: requests are answered all the same.</summary>
public sealed class StuckLogTests
{
    // A pipe takes 64 KiB, which some two hundred lines fill.
    private const int Refusals = 800;

    [Fact]
    public async Task LogThatNobodyReads_HoldsUpNoRequest()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        await using var upstream = new RecordingUpstream();
        var routes = Path.Combine(folder, "routes.json");
        await File.WriteAllTextAsync(routes, TestRoutes.For(upstream));
        using var client = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{RunningProcess.FreePort()}"),
            Timeout = TimeSpan.FromMinutes(1),
        };
        var environment = new Dictionary<string, string?>
        {
            ["Store__ConnectionString"] = $"Data Source={Path.Combine(folder, "gateway.db")}",
            ["Kestrel__Endpoints__Http__Url"] = client.BaseAddress.ToString(),
            ["Ops__Url"] = $"http://127.0.0.1:{RunningProcess.FreePort()}",
            ["Gateway__RoutesFile"] = routes,
            ["Logging__Console__MaxQueueLength"] = "50",
        };
        var gateway = RunningProcess.Program("gateway");
        await using (RunningProcess.Run("bash", ["-c", $"dotnet '{gateway}' | sleep 300"], environment))
        {
            await Eventually.TrueAsync(async () => (await ProcessPair.GetAsync(client, "/nowhere")).Status == 404);
            for (var i = 0; i < Refusals; i++)
                Assert.Equal(404, (await ProcessPair.GetAsync(client, "/nowhere")).Status);
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }
}
