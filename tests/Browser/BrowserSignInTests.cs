using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests;

/// <summary>Signing in and out in a browser: by a real identity provider, by the link of a terminal, and out everywhere.</summary>
[Collection(nameof(BrowserStage))]
public sealed class BrowserSignInTests(BrowserStage stage)
{
    [Fact]
    public async Task InvitedPerson_SignsInByARealProvider_AndIsLedToWhereTheyWantedToGo()
    {
        var account = await stage.OpenAccountAsync("Acme by single sign-on");
        await stage.InviteAsync(account, "grace");
        await using var visitor = await stage.VisitAsync();
        var page = await visitor.OpenKeysAsync(account, "/new");
        await Expect(page).ToHaveTitleAsync("Sign in · Gateway");

        await IdentityProvider.SignInAsync(page, "grace");

        await Expect(page).ToHaveURLAsync($"{stage.Url}/console/accounts/{account}/keys/new");
        await Expect(page.GetByRole(AriaRole.Banner)).ToContainTextAsync("grace@example.com");
        visitor.HasNothingToComplainOf();
    }

    [Fact]
    public async Task StrangerWhomTheProviderKnows_IsToldWhomToAsk()
    {
        await using var visitor = await stage.VisitAsync();
        var page = await visitor.OpenAsync("/console");

        await IdentityProvider.SignInAsync(page, "mallory");

        await Expect(page.GetByRole(AriaRole.Alert))
            .ToContainTextAsync("No account has invited mallory@example.com. Ask an owner of the account");
    }

    [Fact]
    public async Task LinkFromTheTerminal_SignsInOnce_AndItsCodeIsNeitherInTheAddressNorInTheHistory()
    {
        var link = await stage.MakeSignInLinkAsync();
        await using var visitor = await stage.VisitAsync();
        var page = await visitor.OpenAsync(link);
        await Expect(page).ToHaveURLAsync(stage.Url + "/console/accounts");

        await page.GoBackAsync();
        Assert.DoesNotContain("code=", page.Url, StringComparison.Ordinal);

        await using var thief = await stage.VisitAsync();
        var again = await thief.OpenAsync(link);
        await Expect(again.GetByRole(AriaRole.Alert)).ToContainTextAsync("it was used already");
        visitor.HasNothingToComplainOf();
    }

    [Fact]
    public async Task LinkFromTheTerminal_WorksWithoutScript_ByTypingItsCode()
    {
        var link = await stage.MakeSignInLinkAsync();
        await using var visitor = await stage.VisitAsync(script: false);
        var page = await visitor.OpenAsync(link);

        await page.GetByText("For operators").ClickAsync();
        await page.GetByLabel("Code of a sign-in link").FillAsync(link.Split("#code=")[1]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with the code" }).ClickAsync();

        await Expect(page).ToHaveURLAsync(stage.Url + "/console/accounts");
    }

    [Theory]
    [InlineData("Sign out everywhere", "Sign in · Gateway")]
    [InlineData("Sign out", "API keys · Gateway")]
    public async Task SigningOut_EndsThisSession_AndThoseElsewhereWhenAsked(string button, string elsewhere)
    {
        var account = await stage.OpenAccountAsync();
        await using var here = await stage.VisitAsync(account);
        await using var there = await stage.VisitAsync();
        await there.CarryAsync(await here.BeginElsewhereAsync());
        var other = await there.OpenKeysAsync(account);
        await Expect(other).ToHaveTitleAsync("API keys · Gateway");
        var page = await here.OpenKeysAsync(account);

        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

        await Expect(page).ToHaveTitleAsync("Sign in · Gateway");
        await other.ReloadAsync();
        await Expect(other).ToHaveTitleAsync(elsewhere);
        // What the back button finds was stored nowhere.
        await page.GoBackAsync();
        await Expect(page).ToHaveTitleAsync("Sign in · Gateway");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SessionThatEndsWhileSomebodyTypes_LosesNothingOfIt(bool script)
    {
        var account = await stage.OpenAccountAsync();
        await stage.InviteAsync(account, $"linus{script}");
        await using var visitor = await stage.VisitAsync(script);
        var page = await visitor.OpenKeysAsync(account, "/new");
        await IdentityProvider.SignInAsync(page, $"linus{script}");
        await page.GetByLabel("Name").FillAsync("typed for long");
        await page.GetByLabel("Description").FillAsync("two\nlines & <more>");
        await page.GetByLabel("sandbox").CheckAsync();
        await visitor.ExpireAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("nothing you typed is lost");
        var tab = await visitor.NewTabAsync(() =>
            page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync()
        );
        // The provider still knows them, and asks nothing.
        await tab.GetByRole(AriaRole.Link, new() { Name = "Continue with Acme ID" }).ClickAsync();
        await Expect(tab).ToHaveTitleAsync("API keys · Gateway");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Please confirm");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();

        var main = page.GetByRole(AriaRole.Main);
        await Expect(main).ToContainTextAsync("typed for long");
        await Expect(main).ToContainTextAsync("two lines & <more>");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Create key" })).ToBeVisibleAsync();
    }
}
