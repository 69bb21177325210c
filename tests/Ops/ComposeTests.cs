using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary><c>ops/compose.yaml</c> cannot be started everywhere; what it names is there all the same, and is what the
/// processes read.</summary>
public sealed partial class ComposeTests : IDisposable
{
    private static readonly JsonObject Compose = Yaml.Read("ops/compose.yaml");
    private static readonly Dictionary<string, JsonObject> Services = Compose["services"]!
        .AsObject()
        .ToDictionary(s => s.Key, s => s.Value!.AsObject());

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EveryFileAndTarget_Exists()
    {
        foreach (
            var volume in Services
                .Values.SelectMany(s => Strings(s, "volumes"))
                .Where(v => v.StartsWith("./", StringComparison.Ordinal))
        )
        {
            var path = Path.Combine(Repository.Root, "ops", volume.Split(':')[0]);
            Assert.True(Path.Exists(path), path);
        }
        var targets = Target().Matches(SourceTree.Read("Dockerfile")).Select(m => m.Groups["name"].Value).ToHashSet();
        var builds = Services.Values.Select(s => s["build"]).OfType<JsonObject>().ToList();
        Assert.NotEmpty(builds);
        Assert.All(builds, b => Assert.Contains((string)b["target"]!, targets));
        Assert.All(builds, b => Assert.Equal("..", (string)b["context"]!));
    }

    [Fact]
    public async Task EverySecret_IsMadeOnce_ForItsReaderAlone()
    {
        await Repository.RunAsync("ops/compose.sh", "secrets", _folder);
        var made = Secrets();
        Assert.Equal(
            Compose["secrets"]!.AsObject().Select(s => "./compose/secrets/" + s.Key).Order(StringComparer.Ordinal),
            made.Keys.Select(n => "./compose/secrets/" + n).Order(StringComparer.Ordinal)
        );
        Assert.All(
            Compose["secrets"]!.AsObject(),
            s => Assert.Equal($"./compose/secrets/{s.Key}", (string)s.Value!["file"]!)
        );
        Assert.All(made.Values, v => Assert.InRange(v.Length, 40, 2_000));

        await Repository.RunAsync("ops/compose.sh", "secrets", _folder);
        Assert.Equal(made, Secrets());
    }

    [Fact]
    public async Task EverySetting_IsAProcesss()
    {
        await Repository.RunAsync("ops/compose.sh", "secrets", _folder);
        var made = Secrets();
        foreach (var name in new[] { "gateway-1", "gateway-2", "admin-api", "migrate" })
        {
            var service = Services[name];
            var secrets = service["secrets"]!
                .AsArray()
                .Select(s => ((string)s!["target"]!, made[(string)s["source"]!]));
            await DeployedSettings.CheckAsync(
                name.StartsWith("gateway", StringComparison.Ordinal),
                [.. Environment(service), .. secrets]
            );
        }
    }

    [Fact]
    public void ProcessesAreHardened_PasswordsAreFiles_AndOnlyLoopbackIsPublished()
    {
        foreach (var (name, service) in Services)
        {
            Assert.True((bool)service["read_only"]!, name);
            Assert.Equal("ALL", Assert.Single(Strings(service, "cap_drop")));
            Assert.Contains("no-new-privileges:true", Strings(service, "security_opt"));
            Assert.All(Strings(service, "ports"), p => Assert.StartsWith("127.0.0.1:", p, StringComparison.Ordinal));
            Assert.All(
                Environment(service).Where(e => e.Name != "SECRETS_FOLDER" && Secretive().IsMatch(e.Name)),
                e => Assert.StartsWith("/run/secrets/", e.Value, StringComparison.Ordinal)
            );
        }
        var networks = Compose["networks"]!.AsObject();
        foreach (var inside in new[] { "store", "backend", "ops" })
            Assert.True((bool)networks[inside]!["internal"]!, inside);
    }

    [Fact]
    public void Drain_EndsBeforeTheContainerIsKilled()
    {
        foreach (var gateway in new[] { Services["gateway-1"], Services["gateway-2"] })
        {
            var drain = int.Parse(Environment(gateway).Single(e => e.Name == "Gateway__DrainSeconds").Value);
            var grace = int.Parse(((string)gateway["stop_grace_period"]!).TrimEnd('s'));
            Assert.InRange(grace, drain + 10, 120);
        }
    }

    [Theory]
    [InlineData("ops/compose/routes.json")]
    [InlineData("ops/kubernetes/production/routes.json")]
    public async Task Routes_PassTheGatewaysOwnCheck(string file)
    {
        var process = RunningProcess.Start("gateway", [], "check", Path.Combine(Repository.Root, file));
        await using (process)
        {
            var code = await process.ExitAsync(TimeSpan.FromMinutes(1));
            Assert.True(code == 0, process.Output);
        }
    }

    [Fact]
    public async Task LoadBalancer_AndPrometheus_NameServicesThatAreThere()
    {
        var balancer = SourceTree.Read("ops/compose/haproxy.cfg");
        var named = Server().Matches(balancer).Select(m => m.Groups["host"].Value).ToList();
        var scraped = Yaml.Read("ops/prometheus/prometheus.yml")["scrape_configs"]!
            .AsArray()
            .SelectMany(c => c!["dns_sd_configs"]!.AsArray().SelectMany(d => Strings(d!.AsObject(), "names")));
        Assert.Equal(["gateway-1", "gateway-2"], named);
        Assert.Empty(named.Concat(scraped).Except(Services.Keys));

        // Names are known inside only.
        var file = Path.Combine(_folder, "haproxy.cfg");
        await File.WriteAllTextAsync(
            file,
            Server().Replace(balancer, m => m.Value.Replace($" {m.Groups["host"].Value}:", " 127.0.0.1:"))
        );
        await using var check = RunningProcess.Run("haproxy", ["-c", "-f", file], []);
        Assert.True(await check.ExitAsync(TimeSpan.FromMinutes(1)) == 0, check.Output);
    }

    private Dictionary<string, string> Secrets() =>
        Directory.GetFiles(_folder).ToDictionary(f => Path.GetFileName(f), File.ReadAllText);

    private static IEnumerable<string> Strings(JsonObject node, string name) =>
        (node[name]?.AsArray() ?? []).Select(v => (string)v!);

    private static IEnumerable<(string Name, string Value)> Environment(JsonObject service) =>
        (service["environment"]?.AsObject() ?? []).Select(e => (e.Key, e.Value!.ToString()));

    [GeneratedRegex(@"^FROM \S+ AS (?<name>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex(@"^    server \S+ (?<host>[^:\s]+):\d+", RegexOptions.Multiline)]
    private static partial Regex Server();

    [GeneratedRegex("PASSWORD|TOKEN|SECRET|ConnectionString", RegexOptions.IgnoreCase)]
    private static partial Regex Secretive();
}
