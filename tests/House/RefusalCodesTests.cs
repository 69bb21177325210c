using System.Text.RegularExpressions;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Every refusal has a row in the one table and a heading in the runbook.</summary>
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

    [GeneratedRegex("^## (?<code>[A-Z_]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
