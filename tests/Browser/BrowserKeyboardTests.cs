using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests;

/// <summary>The keyboard alone is enough, and wherever it has got to can be seen.</summary>
[Collection(nameof(BrowserStage))]
public sealed class BrowserKeyboardTests(BrowserStage stage)
{
    private const int MaxStops = 60;

    // Something is drawn around what has the focus.
    private const string HasVisibleFocus = """
        () => {
          const style = getComputedStyle(document.activeElement);
          const box = document.activeElement.getBoundingClientRect();
          return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0
            && box.top >= 0 && box.left >= 0;
        }
        """;

    [Fact]
    public async Task Create_ByKeyboardAlone()
    {
        var account = await stage.OpenAccountAsync();
        await using var visitor = await stage.VisitAsync(account);
        var page = await visitor.OpenKeysAsync(account);

        // What comes first leads past the navigation.
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        await GoToAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Create API key" }).First);
        await page.Keyboard.PressAsync("Enter");
        await GoToAsync(page, page.GetByLabel("Name"));
        await page.Keyboard.TypeAsync("typed bot");
        // Of choices that belong together one is a stop, and arrows lead to the others.
        await GoToAsync(page, page.GetByLabel("production"));
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.GetByLabel("sandbox")).ToBeCheckedAsync();
        await GoToAsync(page, page.GetByLabel("Only these permissions (optional)"));
        await page.Keyboard.TypeAsync("read");
        await GoToAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Review" }));
        await page.Keyboard.PressAsync("Enter");
        await GoToAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Create key" }));
        await page.Keyboard.PressAsync("Enter");
        var field = page.GetByLabel("API key", new() { Exact = true });
        await GoToAsync(page, field);
        Assert.Equal("200", await stage.GatewayAsync(await field.InputValueAsync()));
        await GoToAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "I have saved it" }));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "typed bot", Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Revoke_ByKeyboardAlone()
    {
        var account = await stage.OpenAccountAsync();
        var (_, secret) = await stage.IssueKeyAsync(account);
        await using var visitor = await stage.VisitAsync(account);
        var page = await visitor.OpenKeysAsync(account);

        await GoToAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Revoke" }));
        await page.Keyboard.PressAsync("Enter");
        // The question opens over the page, and waits for the name.
        await Expect(page.GetByRole(AriaRole.Dialog).GetByLabel("to confirm")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Revoke" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog).GetByLabel("to confirm")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("CI deploy key");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByText("is revoked")).ToBeVisibleAsync();
        Assert.Equal("401 REVOKED_API_KEY", await stage.GatewayAsync(secret));
    }

    // Tab by tab, as somebody without a mouse does.
    private static async Task GoToAsync(IPage page, ILocator wanted)
    {
        var target = await wanted.ElementHandleAsync();
        for (var stops = 0; stops < MaxStops; stops++)
        {
            if (await target.EvaluateAsync<bool>("e => e === document.activeElement"))
                return;
            await page.Keyboard.PressAsync("Tab");
            var where = await page.EvaluateAsync<string>("document.activeElement.outerHTML");
            Assert.True(await page.EvaluateAsync<bool>(HasVisibleFocus), where);
        }
        Assert.Fail($"It was not reached with {MaxStops} steps.");
    }
}
