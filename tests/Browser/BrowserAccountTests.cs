using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests;

/// <summary>An account in a browser: its wallets, and so many keys that they fill pages.</summary>
[Collection(nameof(BrowserStage))]
public sealed class BrowserAccountTests(BrowserStage stage)
{
    [Fact]
    public async Task WalletInTheBrowser_IsLinked_ByWhatItSigns()
    {
        var wallet = new SolanaWallet();
        var account = await stage.OpenAccountAsync();
        await using var visitor = await stage.VisitAsync(account);
        await visitor.HoldAsync(wallet);
        var page = await visitor.OpenAsync($"/console/accounts/{account}");

        await page.GetByRole(AriaRole.Link, new() { Name = "Link a wallet" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use Phony" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign with Phony" }).ClickAsync();

        var row = page.GetByRole(AriaRole.Row, new() { Name = wallet.Address });
        await Expect(row).ToContainTextAsync("external");
        await Expect(row).Not.ToContainTextAsync("not by a signature");
        visitor.HasNothingToComplainOf();
    }

    [Fact]
    public async Task AnyOtherWallet_IsLinked_ByASignatureThatIsPasted_WithoutScript()
    {
        var wallet = new SolanaWallet();
        var account = await stage.OpenAccountAsync();
        await using var visitor = await stage.VisitAsync(account, script: false);
        var page = await visitor.OpenAsync($"/console/accounts/{account}/wallets/link");

        await page.GetByLabel("Address").FillAsync(wallet.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        var message = await page.GetByLabel("Message to sign").InputValueAsync();
        await page.GetByLabel("Signature").FillAsync(wallet.Sign(message));
        await page.GetByRole(AriaRole.Button, new() { Name = "Link the wallet" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Row, new() { Name = wallet.Address })).ToContainTextAsync("external");
    }

    [Fact]
    public async Task TenThousandKeys_AreSearched_AndTurnedOver()
    {
        var account = await stage.OpenAccountAsync();
        await stage.AddKeysAsync(account, 10_000);
        await using var visitor = await stage.VisitAsync(account);
        var page = await visitor.OpenKeysAsync(account);
        var rows = page.GetByRole(AriaRole.Rowheader);
        await Expect(page.GetByText("10000 of 10")).ToBeVisibleAsync();
        await Expect(rows).ToHaveCountAsync(50);
        var first = await rows.First.InnerTextAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Next page" }).ClickAsync();
        await Expect(page.GetByText(first)).ToHaveCountAsync(0);
        await Expect(rows).ToHaveCountAsync(50);

        // As one types, without a new page; the address follows, and so does whoever cannot see it.
        await page.GetByLabel("Search").FillAsync("bot 7777");
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(page).ToHaveURLAsync(new Regex("q=bot"));
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "1 key." })).ToBeAttachedAsync();
        visitor.HasNothingToComplainOf();
    }
}
