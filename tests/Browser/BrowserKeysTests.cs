using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests;

/// <summary>The whole life of a key in a browser, with script and without, and what the gateway makes of it.</summary>
[Collection(nameof(BrowserStage))]
public sealed class BrowserKeysTests(BrowserStage stage)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task KeyForASelectedWallet_IsShownOnce_AndWorksForThatWalletAlone(bool script)
    {
        var account = await stage.OpenAccountAsync();
        await stage.AddWalletAsync(account, "treasury", "Treasury");
        await stage.AddWalletAsync(account, "payouts", "Payouts");
        await using var visitor = await stage.VisitAsync(account, script: script);
        var page = await visitor.OpenKeysAsync(account);
        await page.GetByRole(AriaRole.Link, new() { Name = "Create API key" }).First.ClickAsync();

        await page.GetByLabel("Name").FillAsync("Payout bot");
        await page.GetByLabel("sandbox").CheckAsync();
        await page.GetByLabel("Only these permissions (optional)").FillAsync("wallets:read");
        await page.GetByLabel("payouts").CheckAsync();
        // With script, choosing a wallet has chosen this.
        if (script)
            await Expect(page.GetByLabel("Selected wallets")).ToBeCheckedAsync();
        else
            await page.GetByLabel("Selected wallets").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        var main = page.GetByRole(AriaRole.Main);
        await Expect(main).ToContainTextAsync("for these wallets only: payouts");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();

        var secret = await page.GetByLabel("API key", new() { Exact = true }).InputValueAsync();
        Assert.True(TestKeys.Format.TryParse(secret, out _), secret);
        await Expect(page.GetByLabel("Try it")).ToHaveValueAsync(Containing(secret));
        Assert.Equal("200", await stage.GatewayAsync(secret, "/v1/wallets/payouts/x"));
        Assert.Equal("403 WALLET_NOT_ALLOWED", await stage.GatewayAsync(secret, "/v1/wallets/treasury/x"));
        if (script)
            await CopiesAsync(page, secret);
        await IsGoneAsync(page, secret);
        visitor.HasNothingToComplainOf();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RotatedKey_IsTwoRows_AndBothWork(bool script)
    {
        var account = await stage.OpenAccountAsync();
        var (_, old) = await stage.IssueKeyAsync(account);
        await using var visitor = await stage.VisitAsync(account, script: script);
        var page = await visitor.OpenKeysAsync(account);

        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate CI deploy key" }).ClickAsync();
        await Expect(page.GetByLabel("Old secret works for")).ToHaveValueAsync("24");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate now" }).ClickAsync();
        var secret = await page.GetByLabel("API key", new() { Exact = true }).InputValueAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "I have saved it" }).ClickAsync();

        var rows = page.GetByRole(AriaRole.Row, new() { NameRegex = new("CI deploy key") });
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.Filter(new() { HasText = "Rotating" })).ToContainTextAsync(new Regex("in 2[34] h"));
        await Expect(rows.Filter(new() { HasText = "Active" })).ToHaveCountAsync(1);
        Assert.Equal("200", await stage.GatewayAsync(old));
        Assert.Equal("200", await stage.GatewayAsync(secret));
        await IsGoneAsync(page, secret);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Expiration_IsSet_AndLifted(bool script)
    {
        var account = await stage.OpenAccountAsync();
        var (id, secret) = await stage.IssueKeyAsync(account);
        await using var visitor = await stage.VisitAsync(account, script: script);
        var page = await visitor.OpenKeysAsync(account, $"/{id}");

        await page.GetByRole(AriaRole.Link, new() { Name = "Expiration" }).ClickAsync();
        await page.GetByLabel("Date and time").FillAsync("2093-05-06T07:08");
        if (!script)
            await page.GetByLabel("On a date").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("In force at 1 of 1 gateways")).ToBeVisibleAsync();
        // What was typed was in the viewer's zone, which a browser without script does not tell.
        var exact = script ? "6 May 2093, 07:08:00 Europe/Berlin" : "6 May 2093, 07:08:00 UTC";
        await Expect(page.GetByTitle(exact).First).ToBeVisibleAsync();
        Assert.Equal("200", await stage.GatewayAsync(secret));

        await page.GetByRole(AriaRole.Link, new() { Name = "Expiration" }).ClickAsync();
        await page.GetByLabel("Never").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("In force at 1 of 1 gateways")).ToBeVisibleAsync();
        await Expect(page.GetByTitle(exact)).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Revoking_NeedsTheNameTyped_AndGivesTheReceipt(bool script)
    {
        var account = await stage.OpenAccountAsync();
        var (_, secret) = await stage.IssueKeyAsync(account);
        Assert.Equal("200", await stage.GatewayAsync(secret));
        await using var visitor = await stage.VisitAsync(account, script: script);
        var page = await visitor.OpenKeysAsync(account);

        await page.GetByRole(AriaRole.Link, new() { Name = "Revoke" }).ClickAsync();
        var name = page.GetByLabel("to confirm");
        await name.FillAsync("ci deploy key");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke key" }).ClickAsync();
        await Expect(name).ToHaveAccessibleDescriptionAsync(new Regex("not the key’s name"));
        await Expect(name).ToHaveValueAsync("ci deploy key");
        Assert.Equal("200", await stage.GatewayAsync(secret));

        await name.FillAsync("CI deploy key");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke key" }).ClickAsync();
        var receipt = new Regex("“CI deploy key” is revoked. In force at 1 of 1 gateways in \\d+ ms");
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasTextRegex = receipt })).ToBeVisibleAsync();
        Assert.Equal("401 REVOKED_API_KEY", await stage.GatewayAsync(secret));
    }

    private static async Task CopiesAsync(IPage page, string secret)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy" }).First.ClickAsync();
        await Expect(page.GetByText("Copied to the clipboard.")).ToBeAttachedAsync();
        Assert.Equal(secret, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
    }

    // Neither sending the form again, nor the way back, nor another look shows it.
    private static async Task IsGoneAsync(IPage page, string secret)
    {
        await TryAsync(page.ReloadAsync());
        await LacksAsync(page, secret);
        await page.GotoAsync("/console");
        await LacksAsync(page, secret);
        for (var steps = 0; steps < 3; steps++)
        {
            await TryAsync(page.GoBackAsync());
            await LacksAsync(page, secret);
        }
    }

    // The browser refuses to show again what a form was answered with and nobody may keep.
    private static async Task TryAsync(Task<IResponse?> navigation)
    {
        try
        {
            await navigation;
        }
        catch (PlaywrightException e)
        {
            Assert.Contains("net::ERR_CACHE_MISS", e.Message, StringComparison.Ordinal);
        }
    }

    private static async Task LacksAsync(IPage page, string secret)
    {
        Assert.DoesNotContain(secret, page.Url, StringComparison.Ordinal);
        await Expect(page.Locator("html")).Not.ToContainTextAsync(secret);
        await Expect(page.Locator($"[value*='{secret}']")).ToHaveCountAsync(0);
    }

    private static Regex Containing(string text) => new(Regex.Escape(text));
}
