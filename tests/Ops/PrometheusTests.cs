using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>Prometheus takes what we say: metrics by its linter, alert rules with their unit tests.</summary>
public sealed partial class PrometheusTests
{
    // There once a connection was turned away (ConnectionFloodTests).
    private const string Rejected = "kestrel_rejected_connections_total";

    private static readonly string Rules = SourceTree.Read("ops/prometheus/rules.yml");

    [Fact]
    public async Task MetricsOfBothProcesses_AreAcceptedByPromtool()
    {
        var (gateway, admin) = await RealMetrics.GetAsync();
        Assert.Contains("gateway_decisions_total{outcome=\"allowed\"", gateway, StringComparison.Ordinal);
        Assert.Contains("http_client_request_duration_seconds_bucket", gateway, StringComparison.Ordinal);
        Assert.Contains("gateway_receipt_time_seconds_count", admin, StringComparison.Ordinal);

        Assert.Equal((0, ""), await Promtool.RunAsync(gateway, "check", "metrics"));
        Assert.Equal((0, ""), await Promtool.RunAsync(admin, "check", "metrics"));
        Assert.NotEqual(0, (await Promtool.RunAsync("gateway_x_count 1\n", "check", "metrics")).ExitCode);
    }

    [Fact]
    public async Task AlertRules_AreValid_AndDoWhatTheirTestsSay()
    {
        var checkedRules = await Promtool.RunAsync("", "check", "config", "prometheus.yml");
        Assert.True(checkedRules.ExitCode == 0, checkedRules.Output);
        var tested = await Promtool.RunAsync("", "test", "rules", "rules.test.yml");
        Assert.True(tested.ExitCode == 0, tested.Output);
    }

    [Fact]
    public void EveryAlert_HasATestThatRaisesIt()
    {
        var raised = Raised().Matches(SourceTree.Read("ops/prometheus/rules.test.yml"));
        var alerts = Alert().Matches(Rules).Select(m => m.Groups["name"].Value).ToList();
        Assert.NotEmpty(alerts);
        Assert.Empty(alerts.Except(raised.Select(m => m.Groups["name"].Value)));
    }

    [Fact]
    public async Task EveryMetricOfRulesAndDashboard_IsReal()
    {
        var families = await RealMetrics.FamiliesAsync();
        var dashboard = SourceTree.Read("ops/grafana/dashboards/gateway.json");
        var named = OurMetric().Matches(Rules + dashboard).Select(m => m.Value).Distinct().ToList();
        Assert.InRange(named.Count, 20, 200);
        SourceTree.AssertNone(
            named
                .Except([Rejected])
                .Where(n => !families.ContainsKey(n) && !IsSampleOf(n, families))
                .Select(n => $"{n} is not a metric")
        );
    }

    [Fact]
    public async Task EveryQueryOfTheDashboard_IsValid()
    {
        var dashboard = JsonNode.Parse(SourceTree.Read("ops/grafana/dashboards/gateway.json"))!;
        var queries = Strings(dashboard, "expr").Select(WithoutVariables).ToList();
        Assert.InRange(queries.Count, 30, 200);
        var rules = queries.Select((q, i) => new { record = $"query_{i}", expr = q });
        var file = Path.GetTempFileName();
        try
        {
            // JSON is YAML.
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(new { groups = new[] { new { name = "dashboard", rules } } })
            );
            var result = await Promtool.RunAsync("", "check", "rules", "--lint=none", file);
            Assert.True(result.ExitCode == 0, result.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string WithoutVariables(string query) =>
        query
            .Replace("$__rate_interval", "5m", StringComparison.Ordinal)
            .Replace("$instance", ".*", StringComparison.Ordinal);

    // Every text under this name, however deep.
    private static IEnumerable<string> Strings(JsonNode? node, string name) =>
        node switch
        {
            JsonObject map => map.SelectMany(p =>
                p.Key == name && p.Value is JsonValue text ? [(string)text!] : Strings(p.Value, name)
            ),
            JsonArray list => list.SelectMany(i => Strings(i, name)),
            _ => [],
        };

    // name_bucket, name_sum and name_count are a histogram's.
    private static bool IsSampleOf(string name, IReadOnlyDictionary<string, string> families) =>
        families.TryGetValue(Sample().Replace(name, ""), out var type) && type == "histogram";

    [GeneratedRegex(@"^\s*- alert: (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"alertname: (?<name>\w+)\n\s+eval_time: \w+\n\s+exp_alerts:\n")]
    private static partial Regex Raised();

    [GeneratedRegex(@"\b(?:gateway|http|kestrel|dotnet|process|redis)_[a-z0-9_]+\b")]
    private static partial Regex OurMetric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Sample();
}
