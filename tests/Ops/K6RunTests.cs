using System.Runtime.Versioning;

namespace Gateway.Tests;

/// <summary>
/// The load scripts against <c>make run</c>, without an edit and without a setting but where it keeps its data. k6 is not
/// to be had everywhere: <c>tests/Ops/k6</c> stands in for it, says what it is, and is held to finding what is broken.
/// </summary>
[Collection(nameof(DemoCollection))]
[UnsupportedOSPlatform("windows")]
public sealed class K6RunTests(K6RunTests.Demo demo) : IClassFixture<K6RunTests.Demo>
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(4);

    // How much is asked for here, and bounds that hold on a machine that stands still now and then.
    private static readonly Dictionary<string, string?> Little = new()
    {
        ["K6"] = Path.Combine(Repository.Root, "tests", "Ops", "k6", "k6"),
        ["ITERATIONS"] = "2",
        ["ACCOUNTS"] = "1",
        ["MESSAGES"] = "3",
        ["P95_MS"] = "60000",
        ["P99_MS"] = "60000",
        ["RECEIPT_MS"] = "60000",
        ["CHANGE_MS"] = "60000",
        ["CUT_MS"] = "60000",
        ["GROWTH_MB"] = "10000",
    };

    [Fact]
    public async Task EveryScript_FindsWhatItNeeds_AndKeepsItsThresholds()
    {
        var note = Path.Combine(demo.Data, "run.env");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(note));
        var script = Path.Combine(Repository.Root, "ops", "load.sh");
        await using var load = RunningProcess.Run(script, [], new(Little) { ["DATA_DIR"] = demo.Data });

        Assert.True(await load.ExitAsync(Within) == 0, load.Output);

        Assert.All(K6ScriptsTests.Names, n => Assert.Contains($"== {n}\n", load.Output, StringComparison.Ordinal));
        Assert.Contains("all kept their thresholds", load.Output, StringComparison.Ordinal);
        foreach (var secret in (await File.ReadAllLinesAsync(note)).Where(l => !l.Contains("URL=")))
            Assert.DoesNotContain(secret.Split('=', 2)[1], load.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smoke", "smoke.js", "baseUrl + path,", "baseUrl + '/nowhere',", "a good key is answered 200")]
    [InlineData("steady", "settings.js", "'/v1/tokens'", "'/v1/token'", "checks rate==1")]
    [InlineData("admin", "admin.js", "'DISABLED_API_KEY'", "'EXPIRED_API_KEY'", "refused with EXPIRED_API_KEY")]
    [InlineData("revocation", "revocation.js", "'count==0'", "'count>0'", "accepted_after_receipt count>0: 0")]
    [InlineData("spike", "spike.js", "{scenario:after}", "{scenario:later}", "nothing was measured")]
    [InlineData("soak", "soak.js", "gateway_growth_mb:", "gateway_growth:", "no metric")]
    [InlineData("unknown-keys", "unknown-keys.js", "exec: 'cold'", "exec: 'could'", "no function could")]
    public async Task ScriptThatIsBroken_Fails(string script, string file, string right, string wrong, string said)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-k6-").FullName;
        try
        {
            foreach (var source in Directory.EnumerateFiles(Path.Combine(Repository.Root, "load", "k6"), "*.js"))
                File.Copy(source, Path.Combine(folder, Path.GetFileName(source)));
            var path = Path.Combine(folder, file);
            var text = await File.ReadAllTextAsync(path);
            Assert.Contains(right, text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal));

            await using var k6 = RunningProcess.Run(
                Little["K6"]!,
                ["run", Path.Combine(folder, script + ".js")],
                new(Little) { ["RUN_FILE"] = Path.Combine(demo.Data, "run.env") }
            );

            Assert.NotEqual(0, await k6.ExitAsync(Within));
            Assert.Contains(said, k6.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One <c>make run</c> for all of them.</summary>
    public sealed class Demo : IAsyncLifetime
    {
        private RunningDemo? _running;

        /// <summary>Where it keeps its data.</summary>
        public string Data { get; } = Directory.CreateTempSubdirectory("gateway-run-").FullName;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => _running = await RunningDemo.StartAsync(Data);

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (_running is not null)
                await _running.DisposeAsync();
            Directory.Delete(Data, recursive: true);
        }
    }
}

/// <summary>Not at the same time as others that have <c>make run</c> build.</summary>
[CollectionDefinition(nameof(DemoCollection))]
public sealed class DemoCollection;
