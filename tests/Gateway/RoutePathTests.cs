using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What is said of two paths, held against ASP.NET's own matcher over every short pattern and path.</summary>
public class RoutePathTests
{
    private static readonly string[] Inner = ["a", "{x}", "a{x}", "{x}b"];
    private static readonly string[] Last = ["a", "b", "{y}", "{y?}", "{**r}", "{y}b"];
    private static readonly string[] Words = ["a", "b", "ab"];

    private static readonly string[] Paths =
    [
        "/",
        .. Words.Select(a => $"/{a}"),
        .. Words.SelectMany(a => Words.Select(b => $"/{a}/{b}")),
        .. Words.SelectMany(a => Words.SelectMany(b => Words.Select(c => $"/{a}/{b}/{c}"))),
    ];

    [Fact]
    public void PathsThatShareARequest_Overlap_AndOnlyPathsThatTakeAllOfAnother_CoverIt()
    {
        using var services = RoutesText.Services();
        var constraints = services.GetRequiredService<ParameterPolicyFactory>();
        var patterns = Patterns()
            .Select(text => RoutePatternFactory.Parse(text))
            .Select(p => (Text: p.RawText, Path: new RoutePath(p, constraints), Takes: Matches(p)))
            .ToList();

        foreach (var a in patterns)
        {
            foreach (var b in patterns)
            {
                Assert.Equal(a.Path.Overlaps(b.Path), b.Path.Overlaps(a.Path));
                if (a.Takes.Overlaps(b.Takes))
                    Assert.True(a.Path.Overlaps(b.Path), $"{a.Text} and {b.Text} share a path");
                if (a.Path.Covers(b.Path))
                    Assert.True(a.Takes.IsSupersetOf(b.Takes), $"{a.Text} does not take all of {b.Text}");
            }
        }
    }

    [Theory]
    [InlineData("/v1/{**rest}", "/v1", true, true)]
    [InlineData("/v1/{**rest}", "/V1/t/{id}", true, true)]
    [InlineData("/v1/{id}", "/v1/{**rest}", true, false)]
    [InlineData("/v1/{id:int}", "/v1/me", false, false)]
    [InlineData("/v1/{id:int}", "/v1/17", true, true)]
    [InlineData("/v1/{id:int}", "/v1/{id}", true, false)]
    [InlineData("/v1/{id}", "/v1/{id:int}", true, true)]
    [InlineData("/v1/{id?}", "/v1", true, true)]
    [InlineData("/v1/a", "/v1/b", false, false)]
    [InlineData("/v1/t", "/v1/t/x", false, false)]
    public void TwoPaths(string a, string b, bool overlap, bool covers)
    {
        using var services = RoutesText.Services();
        var constraints = services.GetRequiredService<ParameterPolicyFactory>();
        var (first, second) = (Read(a), Read(b));

        Assert.Equal(overlap, first.Overlaps(second));
        Assert.Equal(covers, first.Covers(second));

        RoutePath Read(string text) => new(RoutePatternFactory.Parse(text), constraints);
    }

    private static IEnumerable<string> Patterns()
    {
        string[] heads =
        [
            "",
            .. Inner.Select(a => $"/{a}"),
            .. Inner.SelectMany(a => Inner.Select(b => $"/{a}/{b.Replace('x', 'z')}")),
        ];
        return ["/", .. heads.SelectMany(h => Last.Select(l => $"{h}/{l}"))];
    }

    private static HashSet<string> Matches(RoutePattern pattern)
    {
        var matcher = new TemplateMatcher(new RouteTemplate(pattern), []);
        return [.. Paths.Where(p => matcher.TryMatch(new PathString(p), []))];
    }
}
