namespace Gateway.Tests;

/// <summary>The load scripts, as far as they can be checked without k6.</summary>
public sealed class K6ScriptsTests
{
    [Fact]
    public async Task Scripts_AgreeWithTheTypesOfK6()
    {
        var (exitCode, output, error) = await Repository.TryRunAsync("ops/k6-types.sh");
        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public void Scripts_ImportNothingFromAfar() =>
        Assert.DoesNotContain(
            SourceTree.Files.Where(f =>
                f.StartsWith("load/k6/", StringComparison.Ordinal) && f.EndsWith(".js", StringComparison.Ordinal)
            ),
            f => SourceTree.Read(f).Contains("from 'http", StringComparison.Ordinal)
        );
}
