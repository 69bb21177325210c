using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests;

/// <summary>What cannot be done, the page says, with the reason; and two tabs that know nothing of each other do no harm.</summary>
[Collection(nameof(BrowserStage))]
public sealed class BrowserRefusalTests(BrowserStage stage)
{
    [Fact]
    public async Task LimitReached_ThePageSaysWhatToDo_AndOfferNoMore()
    {
        var account = await stage.OpenAccountAsync();
        await stage.PatchAccountAsync(account, new { maxActiveKeys = 1 });
        await stage.IssueKeyAsync(account);
        await using var visitor = await stage.VisitAsync(account);
        var page = await visitor.OpenKeysAsync(account);

        await Expect(page.GetByText("1 of 1")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("Revoke one that is not used");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Create API key" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task NotEligible_ThePageSaysWhy_AndWhomToAsk()
    {
        var account = await stage.OpenAccountAsync();
        await stage.PatchAccountAsync(account, new { apiKeysEnabled = false });
        await using var visitor = await stage.VisitAsync(account);
        var page = await visitor.OpenKeysAsync(account);

        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("may not make or rotate API keys yet");
        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("support@example.com");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Create API key" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Suspended_EveryPageOfTheKeysSaysSo_AndTheGatewayRefuses()
    {
        var account = await stage.OpenAccountAsync();
        var (_, secret) = await stage.IssueKeyAsync(account);
        await stage.PatchAccountAsync(account, new { suspended = true });
        await using var visitor = await stage.VisitAsync(account);
        var page = await visitor.OpenKeysAsync(account);

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This account is suspended");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("support@example.com");
        await RotateAsync(page);
        await Expect(page.GetByRole(AriaRole.Alert))
            .ToContainTextAsync(new Regex("suspended", RegexOptions.IgnoreCase));
        Assert.Equal("403 ACCOUNT_SUSPENDED", await stage.GatewayAsync(secret));
    }

    [Fact]
    public async Task TwoTabsThatCreate_TheSecondIsToldOfTheLimit_AndMadeNothing()
    {
        var account = await stage.OpenAccountAsync();
        await stage.PatchAccountAsync(account, new { maxActiveKeys = 1 });
        await using var visitor = await stage.VisitAsync(account);
        var first = await ReviewAsync(visitor, account, "first");
        var second = await ReviewAsync(visitor, account, "second");

        await first.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Expect(first.GetByLabel("API key", new() { Exact = true })).ToBeVisibleAsync();
        await second.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();

        await Expect(second.GetByRole(AriaRole.Alert)).ToContainTextAsync("Too many active API keys");
        await second.GotoAsync($"/console/accounts/{account}/keys?status=all");
        await Expect(second.GetByRole(AriaRole.Link, new() { Name = "first", Exact = true })).ToBeVisibleAsync();
        await Expect(second.GetByRole(AriaRole.Link, new() { Name = "second", Exact = true })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task TwoTabs_OneRevokes_TheOtherRotates_AndIsToldWhy()
    {
        var account = await stage.OpenAccountAsync();
        var (id, _) = await stage.IssueKeyAsync(account);
        await using var visitor = await stage.VisitAsync(account);
        var first = await visitor.OpenKeysAsync(account, $"/{id}/revoke");
        var second = await visitor.OpenKeysAsync(account);

        await first.GetByLabel("to confirm").FillAsync("CI deploy key");
        await first.GetByRole(AriaRole.Button, new() { Name = "Revoke key" }).ClickAsync();
        await Expect(first.GetByText("is revoked")).ToBeVisibleAsync();
        await RotateAsync(second);

        await Expect(second.GetByRole(AriaRole.Alert))
            .ToContainTextAsync(new Regex("revoked", RegexOptions.IgnoreCase));
    }

    [Fact]
    public async Task TwoTabsThatSetTheExpiration_TheSecondIsToldOfTheFirst()
    {
        var account = await stage.OpenAccountAsync();
        var (id, _) = await stage.IssueKeyAsync(account);
        await using var visitor = await stage.VisitAsync(account);
        var first = await visitor.OpenKeysAsync(account, $"/{id}/expiration");
        var second = await visitor.OpenKeysAsync(account, $"/{id}/expiration");

        await first.GetByLabel("30 days").CheckAsync();
        await first.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(first.GetByText("was changed")).ToBeVisibleAsync();
        await second.GetByLabel("90 days").CheckAsync();
        await second.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(second.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(second.GetByLabel("90 days")).ToBeCheckedAsync();
    }

    private static async Task RotateAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate CI deploy key" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate now" }).ClickAsync();
    }

    private static async Task<IPage> ReviewAsync(Visitor visitor, string account, string name)
    {
        var page = await visitor.OpenKeysAsync(account, "/new");
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("sandbox").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Create key" })).ToBeVisibleAsync();
        return page;
    }
}
