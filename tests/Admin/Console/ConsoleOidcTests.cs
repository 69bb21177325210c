using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Tests;

/// <summary>People sign in by an identity provider, and only those who were invited, on the strength of a token that was
/// made for this very sign-in.</summary>
public sealed class ConsoleOidcTests : IAsyncLifetime
{
    private TestIdentityProvider _provider = null!;
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _provider = await TestIdentityProvider.StartAsync();
        var limit = ("Admin:Console:SignInsPerMinute", "100");
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings([.. _provider.Settings(), limit]));
        _browser = new ConsoleBrowser(_admin);
        _account = (await _admin.AddAccountAsync()).Id;
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InvitedPerson_SignsIn_IsBound_AndLedToTheirKeys(bool fromUserInfo)
    {
        _provider.HasEmailInUserInfo = fromUserInfo;
        await InviteAsync("ada@example.com", "owner");
        (await _browser.GetAsync("/console/sign-in")).Says(200, "Continue with Acme ID");

        var answer = await SignInAsync(_browser, "/console?x=1");

        Assert.Equal((303, "/console?x=1"), (answer.Status, answer.Location));
        Assert.DoesNotContain("Secure", answer.Headers["Set-Cookie"], StringComparison.Ordinal);
        (await _browser.FollowAsync(answer)).Says(200, "API keys", "ada@example.com", "Create API key");
        var actions = (await _admin.GetAsync($"/v1/audit?accountId={_account}")).Data["entries"]!.AsArray();
        Assert.Equal(["console.sign-in", "person.bind", "person.invite"], actions.Select(e => (string)e!["action"]!));
    }

    [Fact]
    public async Task BoundPerson_IsKnownByTheirSubject_WhateverTheirAddressIsNow()
    {
        await InviteAsync("ada@example.com", "viewer");
        await SignInAsync(_browser);
        _provider.Email = ("other@example.com", false);
        using var again = new ConsoleBrowser(_admin);
        (await again.FollowAsync(await SignInAsync(again))).Says(200, "API keys");

        // Nobody else takes the invitation up.
        (_provider.Subject, _provider.Email) = ("sub-2", ("ada@example.com", true));
        using var late = new ConsoleBrowser(_admin);
        (await SignInAsync(late)).Says(403, "You are not invited yet");
        await AssertLoggedAsync("NOT_INVITED");
    }

    [Theory]
    [InlineData("eve@example.com", true)]
    [InlineData("ada@example.com", false)]
    public async Task WhoIsNotInvited_OrWhoseAddressNobodyVerified_IsNotLetIn(string email, bool verified)
    {
        await InviteAsync("ada@example.com", "owner");
        _provider.Email = (email, verified);
        (await SignInAsync(_browser)).Says(403, "You are not invited yet");
        Assert.Equal(303, (await _browser.GetAsync("/console")).Status);
        Assert.Empty(await _admin.Store.Database.ReadAsync(s => s.FindPeopleBySubjectAsync(_provider.Issuer, "sub-1")));
    }

    [Fact]
    public async Task WhatAProviderSays_IsText_AndNobodyElsesName()
    {
        await InviteAsync("ada@example.com", "owner");
        await SignInAsync(_browser);
        foreach (var (i, probe) in Probes.All.Index())
        {
            (_provider.Subject, _provider.Email) = (probe, ($"{probe}@example.com", true));
            using var stranger = new ConsoleBrowser(_admin);
            var refused = await SignInAsync(stranger);
            refused.Says(403, "You are not invited yet");

            var address = $"p{i}@example.com";
            await InviteAsync(address, "viewer");
            _provider.Email = (address, true);
            using var person = new ConsoleBrowser(_admin);
            var page = await person.FollowAsync(await SignInAsync(person));
            page.Says(200, "API keys", address);
            Assert.All(
                Probes.Markup,
                m => Assert.DoesNotContain(m, refused.Html + page.Html, StringComparison.Ordinal)
            );
            var bound = await _admin.Store.Database.ReadAsync(s => s.FindPeopleBySubjectAsync(_provider.Issuer, probe));
            Assert.Equal(address, Assert.Single(bound).Email);
        }
    }

    [Fact]
    public async Task PersonOfSeveralAccounts_ChoosesOne()
    {
        var other = await _admin.AddAccountAsync(a => a with { Name = "Second" });
        await InviteAsync("ada@example.com", "owner");
        await InviteAsync("ada@example.com", "viewer", other.Id);
        (await _browser.FollowAsync(await SignInAsync(_browser))).Says(200, "Accounts", "Second");
        (await _browser.GetAsync($"/console/accounts/{other.Id}/keys")).Says(200, "API keys");
        (await _browser.GetAsync($"/console/accounts/{other.Id}/keys/new")).Says(403);
        (await _browser.GetAsync($"/console/accounts/{_account}/keys/new")).Says(200);
    }

    [Fact]
    public async Task TokenThatIsNotForThisSignIn_IsRefused()
    {
        await InviteAsync("ada@example.com", "owner");
        var faults = new Dictionary<string, Action<SecurityTokenDescriptor>>
        {
            ["issuer"] = t => t.Issuer = "https://other.example",
            ["audience"] = t => t.Audience = "other-client",
            ["expired"] = t =>
            {
                (t.IssuedAt, t.NotBefore) = (DateTime.UtcNow.AddHours(-1), DateTime.UtcNow.AddHours(-1));
                t.Expires = DateTime.UtcNow.AddMinutes(-2);
            },
            ["not yet"] = t => (t.NotBefore, t.Expires) = (DateTime.UtcNow.AddHours(1), DateTime.UtcNow.AddHours(2)),
            ["nonce"] = t => t.Claims["nonce"] = "another",
            ["no nonce"] = t => t.Claims.Remove("nonce"),
            ["nobody"] = t => t.Claims.Remove("sub"),
            ["our secret"] = t =>
                t.SigningCredentials = new SigningCredentials(
                    new SymmetricSecurityKey(Encoding.UTF8.GetBytes(TestIdentityProvider.ClientSecret.PadRight(64))),
                    SecurityAlgorithms.HmacSha256
                ),
        };
        foreach (var (name, fault) in faults)
        {
            _provider.Tamper = fault;
            await AssertRefusedAsync(name);
        }
        _provider.Tamper = null;
        _provider.Forge = t => Base64UrlEncoder.Encode("{\"alg\":\"none\"}") + "." + t.Split('.')[1] + ".";
        await AssertRefusedAsync("unsigned");
        _provider.Forge = t => t[..^4] + "AAAA";
        await AssertRefusedAsync("signature");
        _provider.Forge = _ => "";
        await AssertRefusedAsync("none");

        _provider.Forge = t => t;
        Assert.Equal(303, (await SignInAsync(_browser)).Status);
    }

    [Fact]
    public async Task ProvidersNewKey_IsLearned_AndTheOldOneForgotten()
    {
        await InviteAsync("ada@example.com", "owner");
        Assert.Equal(303, (await SignInAsync(_browser)).Status);
        _provider.ChangeKey();
        await AssertRefusedAsync("within the pause");
        _admin.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(303, (await SignInAsync(_browser)).Status);
    }

    [Fact]
    public async Task AnswerOfAnotherBrowser_OrOfAnotherIssuer_OrTwice_IsRefused()
    {
        await InviteAsync("ada@example.com", "owner");
        var answered = await CallbackAsync(_browser);
        using var victim = new ConsoleBrowser(_admin);
        (await victim.GetAsync(answered)).Says(401, "That did not work");
        Assert.Equal(303, (await _browser.GetAsync(answered)).Status);
        (await _browser.GetAsync(answered)).Says(401);
        (await _browser.GetAsync("/console/sign-in/callback?code=x&state=y")).Says(401);
        (await _browser.GetAsync("/console/sign-in/callback?error=access_denied")).Says(401);

        _provider.AnswersAs = "https://other.example";
        await AssertRefusedAsync("issuer of the answer");
        _provider.AnswersAs = _provider.Issuer;
        Assert.Equal(303, (await SignInAsync(_browser)).Status);
    }

    [Fact]
    public async Task ProviderThatIsAway_IsSaid_AndNobodyIsLetIn()
    {
        await _provider.DisposeAsync();
        var answer = await _browser.GetAsync("/console/sign-in/provider");
        answer.Says(503, "The identity provider does not answer");
        await AssertLoggedAsync("PROVIDER_UNAVAILABLE");
    }

    [Theory]
    [InlineData("Authority", "http://id.example.com")]
    [InlineData("ClientSecret", "")]
    [InlineData("Scopes", "email")]
    public void SettingThatCannotBeUsed_StopsTheProcess(string name, string value)
    {
        var settings = ConsoleBrowser.Settings([.. _provider.Settings(), ("Admin:Oidc:" + name, value)]);
        var e = Assert.Throws<SettingsException>(() =>
            Gateway.Admin.AdminApp.Build([.. settings.Select(s => $"--{s.Key}={s.Value}")])
        );
        Assert.Contains("Admin:Oidc:" + name, e.Message, StringComparison.Ordinal);
    }

    private async Task InviteAsync(string email, string role, string? account = null) =>
        (await _admin.PostAsync($"/v1/accounts/{account ?? _account}/people", new { email, role })).Succeeded(201);

    private static async Task<ConsoleAnswer> SignInAsync(ConsoleBrowser browser, string wanted = "/console") =>
        await browser.GetAsync(await CallbackAsync(browser, wanted));

    // To the provider, and back as far as the address it sends the browser to.
    private static async Task<string> CallbackAsync(ConsoleBrowser browser, string wanted = "/console")
    {
        var start = await browser.GetAsync("/console/sign-in/provider?return=" + Uri.EscapeDataString(wanted));
        Assert.Equal(302, start.Status);
        var callback = (await browser.GetAsync(start.Location!)).Location!;
        Assert.StartsWith("/console/sign-in/callback?", new Uri(callback).PathAndQuery, StringComparison.Ordinal);
        return callback;
    }

    private async Task AssertRefusedAsync(string name)
    {
        using var browser = new ConsoleBrowser(_admin);
        var answer = await SignInAsync(browser);
        Assert.True(answer.Status == 401, $"{name}: {answer.Status} {answer.Text}");
        Assert.Equal(303, (await browser.GetAsync("/console")).Status);
    }

    private async Task AssertLoggedAsync(string code) =>
        await Eventually.TrueAsync(() => _admin.Log.Lines.Any(l => l.Contains(code, StringComparison.Ordinal)));
}
