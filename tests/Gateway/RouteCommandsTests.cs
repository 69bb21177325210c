using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>What the commands for routes files print, and their exit codes.</summary>
public sealed class RouteCommandsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task Check_OfASoundFile_IsOk_WithCounts()
    {
        var (code, output, error) = await RunAsync(
            "check",
            RoutesText.Of("a * /a Access=key", "b * /b Access=anonymous")
        );

        Assert.Equal((0, ""), (code, error));
        Assert.Equal("OK: 2 routes, 1 clusters, 0 warnings", output.Trim());
    }

    [Fact]
    public async Task Healthcheck_ThatIsAskedForHelp_AsksNobody() =>
        Assert.Equal(0, await Commands.TryRun(["healthcheck", "--help"])!);

    [Fact]
    public async Task Check_OfABadFile_PrintsEveryProblem_AndExitsWith1()
    {
        var (code, output, error) = await RunAsync("check", RoutesText.Of("a * /a Access=all", "b * /b Wallet=any"));

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("Routes:a:Metadata:Access: 'all' is not an access", error, StringComparison.Ordinal);
        Assert.Contains("Routes:b:Metadata:Access: neither Access nor Permissions", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NamesFileLineAndColumn_OfEveryProblem()
    {
        var (code, _, error) = await RunAsync(
            "check",
            """
            {
              // A comment, and a trailing comma.
              "ReverseProxy": {
                "Routes": {
                  "a": { "ClusterId": "c", "Match": { "Path": "/a", "Methods": [] },
                         "Metadata": { "Acess": "key" } },
                },
                "Clusters": { "c": { "Destinations": { "d": { "Address": "ftp://x" } } } }
              }
            }
            """
        );

        Assert.Equal(1, code);
        var lines = error.Trim().Split('\n').Select(l => l[(_path.Length + 1)..]).ToArray();
        Assert.StartsWith("5:57: Routes:a:Match:Methods: is an empty list", lines[0], StringComparison.Ordinal);
        // What is missing would have to stand in Metadata.
        Assert.StartsWith("6:14: Routes:a:Metadata:Access: neither", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("6:28: Routes:a:Metadata:Acess: unknown", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("8:51: Clusters:c:Destinations:d:Address: is not", lines[3], StringComparison.Ordinal);
        Assert.Equal(" 4 problems", lines[4]);
    }

    [Fact]
    public async Task Check_OfWhatIsNotJson_SaysWhere()
    {
        var (code, _, error) = await RunAsync("check", "{\n  \"ReverseProxy\": {,\n");

        Assert.Equal(1, code);
        Assert.StartsWith($"{_path}:2:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AsJson_HasPathLineAndMessage()
    {
        var (code, output, _) = await RunAsync("check", RoutesText.Of("a * /a Access=all"), "--json");

        Assert.Equal(1, code);
        var problem = Assert.Single(JsonNode.Parse(output)!["problems"]!.AsArray())!;
        Assert.Equal("Routes:a:Metadata:Access", (string)problem["path"]!);
        Assert.Equal(1, (int)problem["line"]!);
        Assert.StartsWith("'all' is not", (string)problem["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Routes_AreInTheOrderTheyAreTried_WithLaxerOnesBeforeStricterOnesAsWarnings()
    {
        var (code, output, _) = await RunAsync(
            "routes",
            RoutesText.Of("all * /v1/{**rest} Permissions=a:read", "export * /v1/export Access=anonymous")
        );

        Assert.Equal(0, code);
        var lines = output.Trim().Split('\n');
        Assert.StartsWith("export ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("all ", lines[2], StringComparison.Ordinal);
        Assert.Equal(
            "warning: Routes:export: takes paths of the stricter 'all' before it, and needs no key",
            lines[^1]
        );
    }

    [Fact]
    public async Task Routes_ThatOverlap_AreStillPrinted_WithTheOverlapAsAWarning()
    {
        var (code, output, error) = await RunAsync(
            "routes",
            RoutesText.Of("strict GET /v1/a Permissions=a:read", "lax * /v1/a Access=key")
        );

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("warning: Routes:lax: overlaps the stricter 'strict'", output, StringComparison.Ordinal);
        Assert.EndsWith(
            "This file is not taken: 1 of the warnings are problems.",
            output.Trim(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Routes_AsJson_HaveTheirPolicies()
    {
        var (code, output, _) = await RunAsync(
            "routes",
            RoutesText.Of("pay POST /v1/{w}/pay Permissions=pay:write Wallet={w} MaxStaleness=2s Cluster.sandbox=c"),
            "--json"
        );

        Assert.Equal(0, code);
        var route = Assert.Single(JsonNode.Parse(output)!["routes"]!.AsArray())!;
        Assert.Equal(("pay", "/v1/{w}/pay"), ((string)route["id"]!, (string)route["path"]!));
        Assert.Equal("pay:write", (string)Assert.Single(route["permissions"]!.AsArray())!);
        Assert.Equal(("{w}", 2.0), ((string)route["wallet"]!, (double)route["maxStalenessSeconds"]!));
        Assert.Equal("c", (string)route["clusters"]!["sandbox"]!);
        Assert.NotEmpty(JsonNode.Parse(output)!["warnings"]!.AsArray());
    }

    [Fact]
    public async Task Check_OfNoFile_ExitsWith1()
    {
        File.Delete(_path);
        var (code, _, error) = await RunAsync("check", null);

        Assert.Equal(1, code);
        Assert.Contains("cannot be read", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Routes_PrintsWhatEachDemands_AndWarnings()
    {
        var (code, output, _) = await RunAsync(
            "routes",
            RoutesText.Of(
                "pay POST /v1/{w}/pay Permissions=pay:write Wallet={w} MaxStaleness=2s Cluster.sandbox=c",
                """open * /open Access=anonymous |{"Headers": [{"Name": "A", "Mode": "Exists"}]}"""
            )
        );

        Assert.Equal(0, code);
        var lines = output
            .Split('\n')
            .Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains("pay POST /v1/{w}/pay pay:write {w} 2s sandbox:c", lines);
        Assert.Contains("open any /open nothing c if header 'a'", lines);
        Assert.Contains("warning: Routes:pay:ClusterId: never used, because clusters are stated by environment", lines);
    }

    [Fact]
    public async Task SampleFile_IsTaken_WithoutWarnings()
    {
        var sample = Path.Combine(Repository.Root, "ops", "routes.sample.json");
        var (code, output, error) = await RunAsync("check", await File.ReadAllTextAsync(sample));

        Assert.Equal((0, ""), (code, error));
        Assert.Equal("OK: 8 routes, 3 clusters, 0 warnings", output.Trim());
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(
        string command,
        string? text,
        params string[] more
    )
    {
        if (text is not null)
            await File.WriteAllTextAsync(_path, text);
        var (output, error) = (new StringWriter(new StringBuilder()), new StringWriter(new StringBuilder()));
        var root = new RootCommand { RouteCommands.Check(), RouteCommands.Routes() };
        var code = await root.Parse([command, _path, .. more])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
