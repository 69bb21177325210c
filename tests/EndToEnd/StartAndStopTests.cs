using System.Diagnostics;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>The real executables: how they start, what they refuse to start with, how they stop and what a pause does.</summary>
public sealed class StartAndStopTests
{
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan GivesUpWithin = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Stop_LetsRequestsFinish_WritesLastUses_AndClosesTheRow()
    {
        await using var pair = new ProcessPair();
        var (admin, gateway) = (pair.StartAdmin(), pair.StartGateway());
        await pair.ReadyAsync();
        var (_, id, key) = await pair.MakeKeyAsync();
        // Until it has been seen to drain.
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Upstream.Answer = async (_, client) =>
        {
            await seen.Task;
            await RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok("slow"));
        };
        var inFlight = pair.CallAsync(key);
        await Eventually.TrueAsync(() => pair.Upstream.Requests.Count == 1 || inFlight.IsCompleted);
        Assert.False(inFlight.IsCompleted, inFlight.IsCompleted ? $"It was answered: {await inFlight}" : null);

        var stopping = Stopwatch.StartNew();
        gateway.Signal(Signals.Terminate);
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Status == 503);
        seen.SetResult();
        Assert.Equal("200", await inFlight);
        Assert.Equal(0, await gateway.ExitAsync(StopsWithin - stopping.Elapsed));

        await using var database = Database.Create(pair.Store);
        var record = await database.ReadAsync(s => s.GetKeyAsync(id));
        Assert.NotNull(record!.LastUsedAt);
        var rows = await database.ReadAsync(s => s.ListGatewaysAsync());
        Assert.Equal(GatewayRow.Closed, Assert.Single(rows).State);
        stopping.Restart();
        admin.Signal(Signals.Terminate);
        Assert.Equal(0, await admin.ExitAsync(StopsWithin));
    }

    [Theory]
    [InlineData("gateway", "Gateway:Colour", "Keys:Peper", "Changes:LeaseSecond")]
    [InlineData("admin-api", "Admin:Colour", "Keys:Peper", "Eligibility:Rule")]
    public async Task UnknownSettings_EndTheProcess_EachByItsName(string project, params string[] unknown)
    {
        await using var process = RunningProcess.Start(project, unknown.ToDictionary(n => n, string? (_) => "7"));

        Assert.Equal(1, await process.ExitAsync(GivesUpWithin));

        Assert.All(unknown, n => Assert.Contains(n.Split(':')[1], process.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingsThatCannotBeUsed_AreListedAtOnce()
    {
        await using var process = RunningProcess.Start(
            "gateway",
            new()
            {
                ["Gateway:TrustedProxies:0"] = "10.0.0.1/8",
                ["Changes:LeaseSeconds"] = "0",
                ["Keys:Environments:main:Prefix"] = "Phy",
                ["Roles:reader:0"] = "a:*:b",
                ["FORWARDEDHEADERS_ENABLED"] = "true",
            }
        );

        Assert.Equal(1, await process.ExitAsync(GivesUpWithin));

        string[] named = ["10.0.0.1/8", "LeaseSeconds", "main", "Roles:reader", "FORWARDEDHEADERS_ENABLED"];
        Assert.All(named, n => Assert.Contains(n, process.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RoutesFileThatCannotBeUsed_EndsTheProcess_WithEveryProblemInOneMessage()
    {
        await using var pair = new ProcessPair();
        await File.WriteAllTextAsync(
            pair.RoutesFile,
            """
            {
              "ReverseProxy": {
                "Routes": {
                  "open": { "ClusterId": "up", "Match": { "Path": "/open" } },
                  "lost": { "ClusterId": "nowhere", "Match": { "Path": "/lost" }, "Metadata": { "Access": "key" } },
                  "typo": { "ClusterId": "up", "Match": { "Path": "/typo" }, "Metadata": { "Permision": "read" } }
                },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "http://127.0.0.1:9" } } } }
              }
            }
            """
        );
        var process = pair.StartGateway();

        Assert.NotEqual(0, await process.ExitAsync(GivesUpWithin));

        foreach (var named in new[] { "open", "lost", "nowhere", "typo", "Permision" })
            Assert.Contains(named, process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"ReverseProxy\": {")]
    [InlineData(null)]
    public async Task RoutesFileThatIsNoneOrNotJson_EndsTheProcess(string? text)
    {
        await using var pair = new ProcessPair();
        File.Delete(pair.RoutesFile);
        if (text is not null)
            await File.WriteAllTextAsync(pair.RoutesFile, text);
        var process = pair.StartGateway();

        Assert.NotEqual(0, await process.ExitAsync(GivesUpWithin));

        Assert.Contains(pair.RoutesFile, process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRoutesFileLater_LeavesTheLastGoodOneInForce_AndSaysSo()
    {
        await using var pair = new ProcessPair();
        var gateway = pair.StartGateway();
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Status == 200);
        Assert.Equal("200", await pair.CallAsync(null, "/public/x"));

        await File.WriteAllTextAsync(pair.RoutesFile, """{"ReverseProxy":{"Routes":{"public":{}}}}""");
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Text.Contains("degraded"));
        Assert.Equal("200", await pair.CallAsync(null, "/public/x"));
        Assert.Contains(
            "\ngateway_routes_reload_failures_total 1",
            (await ProcessPair.GetAsync(pair.Ops, "/metrics")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains("the last good one stays", gateway.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(
            pair.RoutesFile,
            TestRoutes.For(pair.Upstream).Replace("/public/", "/open/", StringComparison.Ordinal)
        );
        await Eventually.TrueAsync(async () => await pair.CallAsync(null, "/open/x") == "200");
        Assert.Equal("404 NO_ROUTE", await pair.CallAsync(null, "/public/x"));
        Assert.Contains("\"ready\"", (await ProcessPair.ReadyzAsync(pair.Ops)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PausedGateway_IsPending_AndIsNotWrongWhenItWakes()
    {
        await using var pair = new ProcessPair();
        pair.StartAdmin(("Changes:LeaseSeconds", "1"));
        var gateway = pair.StartGateway(("Changes:LeaseSeconds", "1"));
        await pair.ReadyAsync();
        var (account, id, key) = await pair.MakeKeyAsync();
        Assert.Equal("200", await pair.CallAsync(key));

        gateway.Signal(Signals.Pause);
        var receipt = (await pair.RevokeAsync(account, id, "?wait=0.1")).Succeeded().Data["propagation"]!;
        var asleep = pair.CallAsync(key);
        await Task.Delay(1_200);
        gateway.Signal(Signals.Continue);

        Assert.False((bool)receipt["complete"]!);
        Assert.Equal("edge-1", (string)Assert.Single(receipt["pending"]!.AsArray())!["id"]!);
        Assert.Equal("401 REVOKED_API_KEY", await asleep);
        var again = (await pair.RevokeAsync(account, id, "?wait=10")).Succeeded();
        Assert.True((bool)again.Data["propagation"]!["complete"]!, again.Text);
    }
}
