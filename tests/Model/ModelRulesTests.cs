using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>The rules of the models are those of the code and of ARCHITECTURE.md.</summary>
public sealed partial class ModelRulesTests
{
    [Fact]
    public void EveryRule_IsDescribed()
    {
        var text = SourceTree.Read("ARCHITECTURE.md");
        var rules = Rules<FleetRules>().Concat(Rules<CacheRules>()).Concat(Rules<StreamRules>()).ToHashSet();

        Assert.Equal(rules.Order(), Named().Matches(text).Select(m => m.Groups["rule"].Value).Distinct().Order());
    }

    [Fact]
    public void EveryRule_PointsToAPlaceThatIsThere()
    {
        var places = SourceTree
            .CSharp("tests/Model/")
            .SelectMany(f => Place().Matches(SourceTree.Read(f)))
            .Select(m => (File: m.Groups["type"].Value + ".cs", Member: m.Groups["member"].Value))
            .ToList();

        Assert.NotEmpty(places);
        SourceTree.AssertNone(
            from place in places
            where
                !SourceTree
                    .CSharp()
                    .Any(f => Path.GetFileName(f) == place.File && SourceTree.Read(f).Contains($" {place.Member}("))
            select $"{place.File} {place.Member}"
        );
    }

    private static IEnumerable<string> Rules<T>()
        where T : struct, Enum => Enum.GetNames<T>().Where(name => name is not ("None" or "All"));

    [GeneratedRegex(@"\*\*(?<rule>(?:[A-Z][a-z]+){2,})\*\*")]
    private static partial Regex Named();

    [GeneratedRegex("<c>(?<type>[A-Z][A-Za-z]+)\\.(?<member>[A-Z][A-Za-z]+)</c>")]
    private static partial Regex Place();
}
