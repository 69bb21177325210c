using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Keys;

namespace Gateway.Tests;

// The model: a grant is a regular expression in which * stands for one or more segments. The alphabet is small
// enough for every name of up to five segments to be tried.
public sealed class GrantsModelTests
{
    private static readonly string[] Names = [.. Enumerable.Range(1, 5).SelectMany(NamesOf)];

    private static readonly string[] AllGrants =
    [
        "*",
        .. NamesOf(1).Concat(NamesOf(2)).SelectMany(n => new[] { n, n + ".*", n + ":*", "*." + n, "*:" + n }),
    ];

    private static readonly Dictionary<string, bool[]> Model = AllGrants.ToDictionary(
        g => g,
        g => Names.Select(n => Regex.IsMatch(n, Pattern(g))).ToArray()
    );

    private static readonly Gen<string[]> Grant = Property.Several(Gen.Elements(AllGrants), 3);

    private static readonly Gen<Grants> List =
        from granted in Grant
        from excluded in Grant
        select Compile(granted, excluded);

    [Fact]
    public void OneGrant_ContainsCoversAndOverlaps_ExactlyAsTheModelSays()
    {
        foreach (var one in AllGrants)
        {
            var pattern = GrantPattern.Of(one);
            Assert.Equal(Model[one], Names.Select(pattern.Contains));
            foreach (var other in AllGrants)
            {
                var (covers, overlaps) = (true, false);
                for (var i = 0; i < Names.Length; i++)
                {
                    covers &= Model[one][i] || !Model[other][i];
                    overlaps |= Model[one][i] && Model[other][i];
                }
                Assert.Equal(covers, pattern.Covers(GrantPattern.Of(other)));
                Assert.Equal(overlaps, pattern.Overlaps(GrantPattern.Of(other)));
            }
        }
    }

    [Fact]
    public void AList_AllowsWhatIsGrantedAndNotTakenAway() =>
        Property.ForAll(
            Grant.Zip(Grant),
            lists =>
            {
                var (granted, excluded) = lists;
                var grants = Compile(granted, excluded);
                return Enumerable
                    .Range(0, Names.Length)
                    .All(i =>
                        grants.Allows(Names[i]) == (granted.Any(g => Model[g][i]) && !excluded.Any(x => Model[x][i]))
                    );
            }
        );

    // The promise that matters: nobody hands out what they do not hold.
    [Fact]
    public void WhatIsCovered_AllowsNothingThatTheActorMayNot() =>
        Property.ForAll(
            List.Zip(List),
            lists =>
            {
                var (actor, asked) = lists;
                return !actor.Covers(asked) || Names.All(n => !asked.Allows(n) || actor.Allows(n));
            },
            1000
        );

    [Fact]
    public void Covering_HoldsForItself_AndDownAnyLineOfGranters()
    {
        Property.ForAll(List, list => list.Covers(list));
        Property.ForAll(
            List.ArrayOf(8),
            lists =>
                lists.All(first =>
                    lists
                        .Where(first.Covers)
                        .All(second => lists.Where(second.Covers).All(third => first.Covers(third)))
                )
        );
    }

    // Names of so many segments, from two segments and both separators.
    private static IEnumerable<string> NamesOf(int segments) =>
        segments == 1
            ? ["a", "b"]
            : NamesOf(segments - 1).SelectMany(n => new[] { n + ".a", n + ".b", n + ":a", n + ":b" });

    private static string Pattern(string grant) =>
        "^" + Regex.Escape(grant).Replace("\\*", "[ab]([.:][ab])*", StringComparison.Ordinal) + "$";

    private static Grants Compile(string[] granted, string[] excluded)
    {
        var problems = new List<string>();
        var grants = Grants.Parse(granted.Concat(excluded.Select(x => "!" + x)), true, problems, "test");
        Assert.Empty(problems);
        return grants;
    }
}
