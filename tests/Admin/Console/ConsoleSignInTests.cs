using System.Net;
using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>Who gets into the console, and for how long.</summary>
public sealed class ConsoleSignInTests : IAsyncLifetime
{
    private const string Accounts = "/console/accounts";
    private const string SignIn = "/console/sign-in";

    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Console_IsOff_UnlessItHasAnAddress()
    {
        await using var admin = await TestAdmin.StartAsync();
        using var browser = new ConsoleBrowser(admin);
        foreach (var path in new[] { "/", "/console", SignIn, Accounts })
            Assert.Equal(404, (await browser.GetAsync(path)).Status);
    }

    [Fact]
    public async Task OperatorToken_SignsIn_AndLeadsBackToThePageThatWasWanted()
    {
        var account = await _admin.AddAccountAsync();
        var wanted = $"{Accounts}/{account.Id}/keys?status=all";

        var asked = await _browser.OpenAsync(wanted);
        asked.Says(200, "Sign in");
        var done = await _browser.SubmitAsync(asked.Form(SignIn + "/token"), ("token", TestAdmin.OperatorToken));

        Assert.Equal(303, done.Status);
        Assert.Equal(wanted, done.Location);
        (await _browser.FollowAsync(done)).Says(200, "API keys", account.Name, "configured operator");
        var entry = (await _admin.GetAsync("/v1/audit?actor=op_configured")).Data["entries"]![0]!;
        Assert.Equal("console.sign-in", (string)entry["action"]!);
    }

    [Fact]
    public async Task NamedOperator_SignsIn_UntilItIsRemoved()
    {
        var made = (await _admin.PostAsync("/v1/operators", new { name = "Grace" })).Succeeded(201).Data["operator"]!;
        await _browser.SignInAsync((string)made["token"]!);
        (await _browser.GetAsync(Accounts)).Says(200, "Grace");

        (await _admin.DeleteAsync($"/v1/operators/{made["id"]}")).Succeeded();

        await AssertSignedOutAsync(_browser);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData("gwop_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task WrongToken_IsRefused_AndNotShownAgain(string token)
    {
        var answer = await _browser.SignInAsync(token);

        answer.Says(401, "That did not work");
        Assert.Contains(_admin.Log.Lines, l => l.Contains("SIGN_IN_REFUSED", StringComparison.Ordinal));
        if (token.Length > 0)
            Assert.DoesNotContain(token, answer.Html, StringComparison.Ordinal);
        await AssertSignedOutAsync(_browser);
    }

    [Fact]
    public async Task ApiKey_IsNoWayIn()
    {
        var account = await _admin.AddAccountAsync();
        var (_, secret) = await _admin.IssueAdminKeyAsync(account.Id);
        (await _browser.SignInAsync(secret)).Says(401);
    }

    [Fact]
    public async Task SignIn_IsLimited_ByAddress()
    {
        for (var i = 0; i < 10; i++)
            (await _browser.SignInAsync("wrong")).Says(401);

        var answer = await _browser.SignInAsync();

        answer.Says(429, "Too many attempts");
        Assert.Equal("60", answer.Headers["Retry-After"]);
        Assert.Contains(_admin.Log.Lines, l => l.Contains("TOO_MANY_SIGN_INS", StringComparison.Ordinal));
        await AssertSignedOutAsync(_browser);
    }

    [Fact]
    public async Task Code_SignsIn_Once()
    {
        var code = await SignInCodes.CreateAsync(_admin.Store.Database, _admin.Clock);
        Assert.Equal(303, (await UseAsync(_browser, code)).Status);
        (await _browser.OpenAsync("/console")).Says(200, "Accounts");

        using var other = new ConsoleBrowser(_admin);
        (await UseAsync(other, code)).Says(401, "used already");
    }

    [Fact]
    public async Task Code_OfYesterday_IsRefused()
    {
        var code = await SignInCodes.CreateAsync(_admin.Store.Database, _admin.Clock);
        _admin.Clock.Advance(SignInCodes.Lifetime);
        (await UseAsync(_browser, code)).Says(401);
    }

    [Fact]
    public async Task SignInLink_OfTheCommand_WorksOnce_AndHasItsCodeInTheFragment()
    {
        var settings = ConsoleBrowser.Settings(("Store:ConnectionString", _admin.Store.Options.ConnectionString));
        await using var command = RunningProcess.Start("admin-api", settings, "sign-in-link", "--open", "acc_1");
        await Eventually.TrueAsync(() => command.HasExited && command.Output.Contains('#', StringComparison.Ordinal));

        var link = new Uri(command.Output.Trim()["link=".Length..]);

        Assert.Equal("/console/sign-in?return=%2Fconsole%2Faccounts%2Facc_1%2Fkeys", link.PathAndQuery);
        Assert.StartsWith("#code=", link.Fragment, StringComparison.Ordinal);
        Assert.Equal(303, (await UseAsync(_browser, link.Fragment["#code=".Length..])).Status);
    }

    [Fact]
    public async Task Session_EndsWhenItIsIdle()
    {
        await _browser.SignInAsync();
        for (var i = 0; i < 3; i++)
        {
            _admin.Clock.Advance(TimeSpan.FromMinutes(29));
            (await _browser.GetAsync(Accounts)).Says(200);
        }
        _admin.Clock.Advance(TimeSpan.FromMinutes(30));
        await AssertSignedOutAsync(_browser);
    }

    [Fact]
    public async Task Session_EndsAfterItsHours_HoweverMuchItIsUsed()
    {
        await _browser.SignInAsync();
        for (var i = 0; i < 24; i++)
        {
            (await _browser.GetAsync(Accounts)).Says(200);
            _admin.Clock.Advance(TimeSpan.FromMinutes(29.9));
        }
        (await _browser.GetAsync(Accounts)).Says(200);
        _admin.Clock.Advance(TimeSpan.FromMinutes(5));
        await AssertSignedOutAsync(_browser);
    }

    [Fact]
    public async Task SignOut_EndsThisSession_AndEverywhereAllOfThem()
    {
        using var second = new ConsoleBrowser(_admin);
        using var third = new ConsoleBrowser(_admin);
        foreach (var browser in new[] { _browser, second, third })
            await browser.SignInAsync();

        await SignOutAsync(_browser);
        await AssertSignedOutAsync(_browser);
        (await second.GetAsync(Accounts)).Says(200);

        await SignOutAsync(second, ("everywhere", "1"));
        await AssertSignedOutAsync(second);
        await AssertSignedOutAsync(third);
    }

    [Fact]
    public async Task CookieOfBefore_IsWorthNothing_AfterSignOutOrANewSignIn()
    {
        await _browser.SignInAsync();
        using var thief = new ConsoleBrowser(_admin);
        var stolen = _browser.Cookies.GetCookies(new Uri(_admin.Url + "/console"))["console"]!.Value;
        thief.Cookies.Add(new Uri(_admin.Url), new Cookie("console", stolen, "/console"));
        (await thief.GetAsync(Accounts)).Says(200);

        await _browser.SignInAsync();

        await AssertSignedOutAsync(thief);
        (await _browser.GetAsync(Accounts)).Says(200);
    }

    [Fact]
    public async Task SessionsOfTheConfiguredOperator_EndWhenItsTokenIsChanged()
    {
        await _browser.SignInAsync();
        var settings = ConsoleBrowser.Settings(("Admin:OperatorToken", "another-token"));
        await using var restarted = await TestAdmin.StartAsync(settings, _admin.Store);
        using var later = new ConsoleBrowser(restarted);
        foreach (Cookie cookie in _browser.Cookies.GetAllCookies())
            later.Cookies.Add(new Uri(restarted.Url), new Cookie(cookie.Name, cookie.Value, "/console"));

        await AssertSignedOutAsync(later);
        (await _browser.GetAsync(Accounts)).Says(200);
    }

    [Fact]
    public async Task Cookie_IsForTheServerAlone_AndWithTlsForTlsAlone()
    {
        var plain = (await _browser.SignInAsync()).Headers["Set-Cookie"];
        Assert.Matches("^console=[^;]{43}; path=/console; samesite=lax; httponly$", plain.Split("; console")[0]);

        await using var admin = await TestAdmin.StartAsync(new() { ["Admin:Console:Url"] = "https://localhost" });
        using var browser = new ConsoleBrowser(admin);
        var page = await browser.GetAsync(SignIn);
        Assert.Contains("__Host-console-form=", page.Headers["Set-Cookie"], StringComparison.Ordinal);
        Assert.Contains("max-age", page.Headers["Strict-Transport-Security"], StringComparison.Ordinal);
        var request = new HttpRequestMessage(HttpMethod.Post, SignIn + "/token")
        {
            Content = new FormUrlEncodedContent([
                KeyValuePair.Create("token", TestAdmin.OperatorToken),
                .. page.Form(SignIn + "/token").Fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).Take(1),
            ]),
        };
        request.Headers.Add("Origin", admin.Url.Replace("http:", "https:", StringComparison.Ordinal));
        request.Headers.Add("Cookie", page.Headers["Set-Cookie"].Split(';')[0]);
        var signedIn = await browser.SendAsync(request);
        Assert.Matches(
            "^__Host-console=[^;]{43}; path=/; secure; samesite=lax; httponly$",
            signedIn.Headers["Set-Cookie"]
        );
    }

    [Theory]
    [InlineData("https://evil.example/console")]
    [InlineData("//evil.example/console")]
    [InlineData("/\\evil.example/console")]
    [InlineData("/consoles")]
    [InlineData("console")]
    [InlineData("/v1/accounts")]
    public async Task Return_LeadsNowhereElse(string wanted)
    {
        var page = await _browser.GetAsync($"{SignIn}?return={Uri.EscapeDataString(wanted)}");
        var typed = new (string, string?)[] { ("token", TestAdmin.OperatorToken), ("return", wanted) };
        Assert.Equal("/console", page.Form(SignIn + "/token").Fields.Single(f => f.Name == "return").Value);
        Assert.Equal("/console", (await _browser.SubmitAsync(page.Form(SignIn + "/token"), typed)).Location);
    }

    [Theory]
    [InlineData("Url", "localhost")]
    [InlineData("Url", "https://localhost/console")]
    [InlineData("Url", "ftp://localhost")]
    [InlineData("IdleMinutes", "0")]
    [InlineData("SessionHours", "1000")]
    [InlineData("SignInsPerMinute", "0")]
    [InlineData("ExampleUrl", "here")]
    [InlineData("Ulr", "x")]
    public void SettingThatCannotBeUsed_StopsTheProcess(string name, string value)
    {
        var e = Assert.Throws<Gateway.Keys.SettingsException>(() =>
            AdminApp.Build(["--Admin:Console:" + name + "=" + value])
        );
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignInForm_OfAnotherBrowser_IsRefused_AndShowsNothingOfWhatWasTyped()
    {
        using var other = new ConsoleBrowser(_admin);
        var form = (await other.GetAsync(SignIn)).Form(SignIn + "/token");
        var answer = await _browser.SubmitAsync(form, ("token", TestAdmin.OperatorToken));
        answer.Says(400, "STALE_FORM");
        Assert.DoesNotContain(TestAdmin.OperatorToken, answer.Html, StringComparison.Ordinal);
    }

    private static async Task<ConsoleAnswer> UseAsync(ConsoleBrowser browser, string code)
    {
        var page = await browser.GetAsync(SignIn);
        return await browser.SubmitAsync(page.Form(SignIn + "/code"), ("code", code));
    }

    private static async Task SignOutAsync(ConsoleBrowser browser, params (string, string?)[] how)
    {
        var page = await browser.GetAsync(Accounts);
        Assert.Equal(SignIn, (await browser.SubmitAsync(page.Form("/console/sign-out"), how)).Location);
    }

    private static async Task AssertSignedOutAsync(ConsoleBrowser browser)
    {
        var answer = await browser.GetAsync(Accounts);
        Assert.Equal((303, SignIn + "?return=%2Fconsole%2Faccounts"), (answer.Status, answer.Location));
    }
}
