using System.CommandLine;
using System.Text;

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
    public async Task Check_OfABadFile_PrintsEveryProblem_AndExitsWith1()
    {
        var (code, output, error) = await RunAsync("check", RoutesText.Of("a * /a Access=all", "b * /b Wallet=any"));

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("Routes:a:Metadata:Access: 'all' is not an access", error, StringComparison.Ordinal);
        Assert.Contains("Routes:b:Metadata:Access: neither Access nor Permissions", error, StringComparison.Ordinal);
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

    private async Task<(int Code, string Output, string Error)> RunAsync(string command, string? text)
    {
        if (text is not null)
            await File.WriteAllTextAsync(_path, text);
        var (output, error) = (new StringWriter(new StringBuilder()), new StringWriter(new StringBuilder()));
        var root = new RootCommand { RouteCommands.Check(), RouteCommands.Routes() };
        var code = await root.Parse([command, _path])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
