using Microsoft.Playwright;

namespace Gateway.Tests;

/// <summary>
/// What can be said of every page without taste, in both themes: axe finds nothing, nothing is wider than a phone, no script
/// fails. What taste has to say needs pictures; they are in <c>artifacts/screenshots</c>.
/// </summary>
[Collection(nameof(BrowserStage))]
public sealed class BrowserLookTests(BrowserStage stage)
{
    private const string Find = """
        async (rules) => (await axe.run(document, { resultTypes: ['violations'], runOnly: rules ?? undefined })).violations
          .flatMap(v => v.nodes.map(n => `${v.impact} ${v.id}: ${n.html}\n${n.failureSummary}`))
        """;

    // Something may scroll by itself; the page may not.
    private const string TooWide = """
        () => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
          .filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest('.scroll, nav'))
          .map(e => e.outerHTML.slice(0, 160))
        """;

    private static readonly string[] ColourRules =
    [
        "color-contrast",
        "link-in-text-block",
        "scrollable-region-focusable",
    ];
    private static readonly string Pictures = Path.Combine(Repository.Root, "artifacts", "screenshots");
    private static readonly Lazy<string> Axe = new(() =>
        File.ReadAllText(Path.Combine(BrowserStage.Packages, "axe-core", "axe.min.js"))
    );

    /// <summary>Names of the pages.</summary>
    public static TheoryData<string> Names => [.. View.All.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Page_IsForEveryone_OnAnyScreen_InBothThemes(string name)
    {
        var view = View.All.Single(v => v.Name == name);
        var scene = await stage.SceneAsync();
        await using var visitor = await VisitorOf(view, scene);
        await visitor.KnowZoneAsync();
        var page = await view.OpenAsync(visitor, scene);
        foreach (var theme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = theme });
            foreach (var width in new[] { Visitor.Wide, Visitor.Narrow })
            {
                await page.SetViewportSizeAsync(width, 800);
                var picture = $"{name}-{theme.ToString().ToLowerInvariant()}-{width}.png";
                await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, picture), FullPage = true });
                Assert.Empty(await page.EvaluateAsync<string[]>(TooWide));
            }
        }
        // The page is narrow and dark now: all of it is looked at so, and in the light on a desk what may differ there.
        await page.EvaluateAsync(Axe.Value);
        Assert.Empty(await page.EvaluateAsync<string[]>(Find));
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.SetViewportSizeAsync(Visitor.Wide, 800);
        Assert.Empty(await page.EvaluateAsync<string[]>(Find, ColourRules));
        visitor.HasNothingToComplainOf();
    }

    private Task<Visitor> VisitorOf(View view, Scene scene) =>
        view.Who switch
        {
            Looker.Owner => stage.VisitAsync(view.AccountIn(scene)),
            Looker.Operator => stage.VisitAsOperatorAsync(),
            _ => stage.VisitAsync(),
        };
}
