using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>Settings that cannot be used stop the process, as users meet it: a real one, its exit code, what it
/// prints.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task UnknownSetting_IsRefusedByName()
    {
        var (exitCode, output) = await RunAsync("--Cache:MaxKey=5", "--Keys:Environments:sandbox:Prefx=sk_");

        Assert.Equal(1, exitCode);
        Assert.Contains("Cache: there is no setting 'MaxKey'.", output, StringComparison.Ordinal);
        Assert.Contains("'Prefx'", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryProblem_IsInOneMessage_AndNoSecretIs()
    {
        var (exitCode, output) = await RunAsync(
            "--Store:Provider=oracle",
            "--Keys:Environments:a:Prefix=NO",
            "--Keys:Peppers:0:Id=old",
            "--Keys:Peppers:0:Secret=c2hvcnQtc2VjcmV0",
            "--Roles:boss:0=!!",
            "--Changes:LeaseSeconds=0",
            "--Changes:DefaultMaxStaleness=-00:00:01",
            "--Gateway:TrustedProxies:0=10.0.0.1/8",
            "--Gateway:ClientAddressHeader=X-Real-IP",
            "--Gateway:InstanceId=",
            "--Cache:MaxKeys=0",
            "--Cache:LookupTimeoutMs=2147483647",
            "--Gateway:DrainDelaySeconds=2147483647",
            "--LastUsed:MaxPending=soon",
            "--Limits:RefusalsPerKey=-1",
            "--Ops:Url=nowhere",
            "--Redis:Configuration=127.0.0.1,password=hunter-2,syncTimeout=x"
        );

        Assert.Equal(1, exitCode);
        string[] parts =
        [
            "Store:Provider",
            "Prefix",
            "Keys:Peppers:0:Secret",
            "boss",
            "Changes:LeaseSeconds",
            "Changes:DefaultMaxStaleness",
            "10.0.0.1/8",
            "Gateway:ClientAddressHeader",
            "Gateway:InstanceId",
            "Cache:MaxKeys",
            "Cache:LookupTimeoutMs",
            "Gateway:DrainDelaySeconds",
            "LastUsed:MaxPending must be a whole number.",
            "Limits:RefusalsPerKey",
            "Ops:Url",
            "Redis:Configuration",
        ];
        Assert.All(parts, part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.DoesNotContain("c2hvcnQtc2VjcmV0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter-2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "routes.json")]
    [InlineData("""{"ReverseProxy": {"Routes": {"a": {"Match": {"Path": "/a"}, "ClusterId": "none"} } } }""", "none")]
    public async Task RoutesThatCannotBeUsed_StopTheProcess(string routes, string problem)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "routes.json"), routes);

        var (exitCode, output) = await RunAsync($"--Gateway:RoutesFile={folder}/routes.json");
        Directory.Delete(folder, recursive: true);

        Assert.Equal(1, exitCode);
        Assert.Contains(problem, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] settings)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "gateway.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
