using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>The load scripts, as far as they can be checked without k6 and without anything to load.</summary>
public sealed partial class K6ScriptsTests
{
    private static readonly string[] Sources =
    [
        .. SourceTree.Files.Where(f =>
            f.StartsWith("load/k6/", StringComparison.Ordinal) && f.EndsWith(".js", StringComparison.Ordinal)
        ),
    ];

    /// <summary>Names of the scripts; the other files are what they share.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Sources
            .Where(f => SourceTree.Read(f).Contains("export const options", StringComparison.Ordinal))
            .Select(f => Path.GetFileNameWithoutExtension(f)),
    ];

    [Fact]
    public async Task Scripts_AgreeWithTheTypesOfK6()
    {
        var (exitCode, output, error) = await Repository.TryRunAsync("ops/k6-types.sh");
        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public void Scripts_ImportWhatIsBesideThem_OrPartOfK6() =>
        SourceTree.AssertNone(
            from file in Sources
            from Match import in Import().Matches(SourceTree.Read(file))
            let module = import.Groups["module"].Value
            where !Allowed().IsMatch(module)
            select $"{file}: {module}"
        );

    [Fact]
    public void EveryScript_HasThresholds_AndIsOneOfThoseThatMakeLoadRuns()
    {
        var all = AllOfThem().Match(SourceTree.Read("ops/load.sh")).Groups["names"].Value.Split(' ');
        Assert.Equal(9, all.Length);
        Assert.Equal(Names.Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
        Assert.All(Names, n => Assert.Contains("thresholds: {", SourceTree.Read($"load/k6/{n}.js")));
    }

    [Fact]
    public async Task MadeUpKeys_AreAsWellFormedAsOurs()
    {
        var ours = TestKeys.Format.Environments.SelectMany(e => Enumerable.Repeat(e, 20)).ToList();
        var keys = ours.ConvertAll(TestKeys.Format.Generate);
        var module = new Uri(Path.Combine(Repository.Root, "load", "k6", "keys.js"));
        var script =
            $"import {{ madeUp, mistyped }} from '{module}'; "
            + "for (const key of process.argv.slice(1)) console.log(madeUp(key), mistyped(key));";
        await using var node = RunningProcess.Run("node", ["--input-type=module", "-e", script, .. keys], []);

        Assert.True(await node.ExitAsync(TimeSpan.FromSeconds(60)) == 0, node.Output);

        var made = node.Output.Split('\n');
        Assert.Equal(keys.Count, made.Length);
        foreach (var ((environment, key), line) in ours.Zip(keys).Zip(made))
        {
            var (madeUp, mistyped) = (line.Split(' ')[0], line.Split(' ')[1]);
            Assert.True(TestKeys.Format.TryParse(madeUp, out var parsed), madeUp);
            Assert.Equal(environment.Name, parsed!.Name);
            Assert.NotEqual(key, madeUp);
            Assert.False(TestKeys.Format.TryParse(mistyped, out _));
        }
    }

    [Fact]
    public async Task WithoutK6_NothingIsRun_AndItSaysHowToGetIt()
    {
        var (exitCode, output) = await LoadAsync(("K6", "/nowhere/k6"));

        Assert.Equal(1, exitCode);
        Assert.Contains("k6 is missing, so nothing was run", output, StringComparison.Ordinal);
        Assert.Contains("https://grafana.com/docs/k6/latest/set-up/install-k6/", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smoke", "make run")]
    [InlineData("smoky", "none of: smoke")]
    [InlineData(" ", "blank")]
    public async Task WithNothingToLoad_NothingIsRun_AndItSaysWhy(string which, string why)
    {
        var (exitCode, output) = await LoadAsync(
            ("K6", "true"),
            ("LOAD", which),
            ("RUN_FILE", "/nowhere/run.env"),
            ("BASE_URL", "")
        );

        Assert.Equal(1, exitCode);
        Assert.Contains(why, output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> LoadAsync(params (string Name, string? Value)[] settings)
    {
        var script = Path.Combine(Repository.Root, "ops", "load.sh");
        await using var load = RunningProcess.Run(script, [], settings.ToDictionary(s => s.Name, s => s.Value));
        return (await load.ExitAsync(TimeSpan.FromSeconds(60)), load.Output);
    }

    [GeneratedRegex(@"from\s+'(?<module>[^']+)'|import\s+'(?<module>[^']+)'|import\('(?<module>[^']*)'\)")]
    private static partial Regex Import();

    [GeneratedRegex(@"^(\./.+|k6|k6/.+)$")]
    private static partial Regex Allowed();

    [GeneratedRegex("^all=\"(?<names>[^\"]+)\"$", RegexOptions.Multiline)]
    private static partial Regex AllOfThem();
}
