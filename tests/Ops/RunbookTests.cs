using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>Whoever is woken up finds in the runbook what woke them: every alert, metric and log line is there, and nothing
/// that is no more. Refusal codes are <see cref="RefusalCodesTests"/>'.</summary>
public sealed partial class RunbookTests
{
    private static readonly string Runbook = SourceTree.Read("ops/runbook.md");

    [Fact]
    public void EveryAlert_LinksToItsHeading_AndEveryHeadingIsAnAlerts()
    {
        var alerts = Alert().Matches(SourceTree.Read("ops/prometheus/rules.yml"));
        Assert.NotEmpty(alerts);
        Assert.All(
            alerts,
            a => Assert.Equal($"ops/runbook.md#{a.Groups["name"].Value.ToLowerInvariant()}", a.Groups["link"].Value)
        );
        Assert.Equal(
            alerts.Select(a => a.Groups["name"].Value).Order(StringComparer.Ordinal),
            AlertHeading().Matches(Runbook).Select(m => m.Groups["name"].Value).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task EveryMetricOfOurs_HasAHeading_AndEveryHeadingIsAMetric()
    {
        var ours = (await RealMetrics.FamiliesAsync()).Keys.Where(f =>
            f.StartsWith("gateway_", StringComparison.Ordinal)
        );
        var headings = MetricHeading()
            .Matches(Runbook)
            .SelectMany(m => MetricName().Matches(m.Value))
            .Select(m => m.Value);
        Assert.Equal(ours.Order(StringComparer.Ordinal), headings.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryLogLineAtWarningOrAbove_HasARow_AndEveryRowIsALine()
    {
        var lines = (
            from file in SourceTree.CSharp("gateway/").Concat(SourceTree.CSharp("admin-api/"))
            from match in LogLine().Matches(SourceTree.Read(file))
            select match.Groups["text"].Value
        ).ToHashSet();
        Assert.InRange(lines.Count, 15, 200);
        var rows = LogRow().Matches(Runbook[Runbook.IndexOf("## Log lines", StringComparison.Ordinal)..]);
        Assert.Equal(
            lines.Order(StringComparer.Ordinal),
            rows.Select(r => r.Groups["text"].Value).Order(StringComparer.Ordinal)
        );
        Assert.All(rows, r => Assert.Equal(5, r.Value.Count('|')));
    }

    [Fact]
    public void EveryLink_LeadsToAHeading()
    {
        var anchors = AnyHeading()
            .Matches(Runbook)
            .Select(m => NoAnchor().Replace(m.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-'))
            .ToHashSet();
        SourceTree.AssertNone(
            Link().Matches(Runbook).Select(m => m.Groups["anchor"].Value).Where(a => !anchors.Contains(a))
        );
    }

    [GeneratedRegex(@"- alert: (?<name>\w+)\n(?:.*\n)*?\s+runbook_url: (?<link>\S+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"^### (?<name>Gateway\w+)$", RegexOptions.Multiline)]
    private static partial Regex AlertHeading();

    [GeneratedRegex("^### `gateway_.*$", RegexOptions.Multiline)]
    private static partial Regex MetricHeading();

    [GeneratedRegex("(?<=`)gateway_[a-z0-9_]+(?=`)")]
    private static partial Regex MetricName();

    // Both ways of writing one: the attribute, whose text may stand on a line of its own, and the plain call.
    [GeneratedRegex(
        """
            (?:LogLevel\.(?:Warning|Error|Critical),|\.Log(?:Warning|Error|Critical)\((?:\w+,)?)\s*"(?<text>(?:[^"\\]|\\.)*)"
            """,
        RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^\| `(?<text>[^`]+)` \|.*\|$", RegexOptions.Multiline)]
    private static partial Regex LogRow();

    [GeneratedRegex("^##+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex AnyHeading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"\]\(#(?<anchor>[^)]+)\)")]
    private static partial Regex Link();
}
