using System.Text.RegularExpressions;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Every refusal has a row in the one table, a heading in the runbook, and a test that names its code.</summary>
public sealed partial class RefusalCodesTests
{
    [Fact]
    public void EveryReason_HasARow_AndACodeOfItsOwn()
    {
        Assert.Equal(Enum.GetValues<DenyReason>().Length, Denials.All.Count);
        Assert.Equal(Denials.All.Count, Denials.All.Select(d => d.Code).Distinct().Count());
        Assert.All(Denials.All, d => Assert.Matches("^[A-Z]+(_[A-Z]+)*$", d.Code));
    }

    [Fact]
    public void TheRunbook_HasAHeadingForEveryCode_AndForNoOther()
    {
        var headings = Heading()
            .Matches(SourceTree.Read("ops/runbook.md"))
            .Select(m => m.Groups["code"].Value)
            .ToList();
        Assert.Equal(Denials.All.Select(d => d.Code), headings);
    }

    [Fact]
    public void EveryCode_IsInATest()
    {
        var tests = Tests();
        SourceTree.AssertNone(
            from reason in Enum.GetValues<DenyReason>()
            let code = Denials.For(reason).Code
            where !tests.Exists(t => t.Contains($"\"{code}\"") || t.Contains($"DenyReason.{reason}"))
            select code
        );
    }

    [Fact]
    public void EveryCodeOfTheAdminApiAlone_IsInATest()
    {
        var tests = Tests();
        var codes = OfTheAdminApi();
        Assert.NotEmpty(codes);
        SourceTree.AssertNone(codes.Where(c => !tests.Exists(t => t.Contains(c, StringComparison.Ordinal))));
    }

    [Fact]
    public void TheRunbook_HasARowForEveryCodeOfTheAdminApiAlone_AndForNoOther()
    {
        var runbook = SourceTree.Read("ops/runbook.md");
        var begin = runbook.IndexOf("### Of the admin API alone", StringComparison.Ordinal);
        var rows = runbook[begin..runbook.IndexOf("## Metrics", begin, StringComparison.Ordinal)]
            .Split('\n')
            .Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(l => Code().Matches(l.Split('|')[1].Replace('`', '"')))
            .Select(m => m.Value);
        Assert.Equal(OfTheAdminApi().Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    // Those the gateway has too are of its table.
    private static HashSet<string> OfTheAdminApi() =>
        [
            .. SourceTree
                .CSharp("admin-api/")
                .Where(f => f.EndsWith("Problems.cs", StringComparison.Ordinal))
                .SelectMany(f => Code().Matches(SourceTree.Read(f)))
                .Select(m => m.Value)
                .Except(Denials.All.Select(d => $"\"{d.Code}\"")),
        ];

    private static List<string> Tests() =>
        [
            .. SourceTree
                .CSharp("tests/")
                .Where(f => !f.StartsWith("tests/House/", StringComparison.Ordinal))
                .Select(SourceTree.Read),
        ];

    [GeneratedRegex("\"[A-Z]+(_[A-Z]+)+\"")]
    private static partial Regex Code();

    [GeneratedRegex("^## (?<code>[A-Z_]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
