using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Operators administer accounts in the console, by the operations of the API.</summary>
public sealed class ConsoleAccountAdminTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;
    private string _account = "";

    private string Page => $"/console/accounts/{_account}/administer";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
        _account = (await _admin.AddAccountAsync(a => a with { Name = "Acme" })).Id;
        await _browser.SignInAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Account_IsCreated_Once_AndMayMakeKeys()
    {
        var form = (await _browser.GetAsync("/console/accounts/new")).Form("/console/accounts/new");

        var made = await _browser.SubmitAsync(
            form,
            ("name", "New & Co"),
            ("apiKeysEnabled", "1"),
            ("maxActiveKeys", "3")
        );
        var again = await _browser.SubmitAsync(form, ("name", "New & Co"), ("apiKeysEnabled", "1"));

        (await _browser.FollowAsync(made)).Says(200, "Administer New & Co", "0 of 3", "yes");
        again.Says(409, "This was done already");
        var accounts = (await _admin.GetAsync("/v1/accounts")).Succeeded().Data["accounts"]!.AsArray();
        var account = Assert.Single(accounts, a => (string)a!["name"]! == "New & Co")!;
        Assert.Equal((true, 3), ((bool)account["apiKeysEnabled"]!, (int)account["maxActiveKeys"]!));
        Assert.Equal(["account.create"], await ActionsAsync((string)account["id"]!));
    }

    [Fact]
    public async Task WhatIsWrong_IsSaidAtTheField_AndWhatWasTypedStays()
    {
        var form = (await _browser.GetAsync("/console/accounts/new")).Form("/console/accounts/new");

        var page = await _browser.SubmitAsync(form, ("name", ""), ("maxActiveKeys", "100000"));

        page.Says(400, "2 things need another look", "Must be 0 to 1000");
        Assert.Equal("100000", page.Value("maxActiveKeys"));
        (await _browser.SubmitAsync(form, ("name", "x"), ("maxActiveKeys", "many"))).Says(
            400,
            "Must be a whole number"
        );
    }

    [Fact]
    public async Task Settings_AreChanged_AndAStaleForm_ChangesNothing()
    {
        var form = (await _browser.GetAsync(Page)).Form(Page);

        var saved = await _browser.SubmitAsync(
            form,
            ("name", "Acme 2"),
            ("apiKeysEnabled", null),
            ("maxActiveKeys", "4")
        );
        var stale = await _browser.SubmitAsync(form, ("name", "Acme 3"));

        (await _browser.FollowAsync(saved)).Says(
            200,
            "The account was changed.",
            "No gateway is running yet",
            "0 of 4",
            "API keys are not enabled for this account"
        );
        stale.Says(412, "changed");
        Assert.Equal("Acme 3", stale.Value("name"));
        Assert.Equal("Acme 2", (string)(await AccountAsync())["name"]!);
    }

    [Fact]
    public async Task Suspending_NeedsTheName_StopsKeys_AndIsLiftedAgain()
    {
        var form = (await _browser.GetAsync(Page + "/suspend")).Form(Page + "/suspend");

        (await _browser.SubmitAsync(form, ("confirmation", "acme"))).Says(400, "not the account’s name");
        Assert.False((bool)(await AccountAsync())["suspended"]!);
        var done = await _browser.SubmitAsync(form, ("confirmation", "Acme"));
        (await _browser.FollowAsync(done)).Says(
            200,
            "It is suspended: all of its API keys are refused.",
            "Lift the suspension"
        );
        Assert.True((bool)(await AccountAsync())["suspended"]!);
        (await _browser.GetAsync(Page + "/suspend")).Says(200, "suspended already");

        var lift = (await _browser.GetAsync(Page + "/resume")).Form(Page + "/resume");
        var lifted = await _browser.SubmitAsync(lift, ("confirmation", "Acme"));
        (await _browser.FollowAsync(lifted)).Says(200, "The account was changed.");
        Assert.False((bool)(await AccountAsync())["suspended"]!);
        Assert.Equal(["account.unsuspend", "account.suspend"], await ActionsAsync(_account));
    }

    [Fact]
    public async Task RevokingAll_NeedsTheName_EndsEveryKey_AndShowsOneReceipt()
    {
        await _admin.IssueKeyAsync(_account);
        await _admin.IssueKeyAsync(_account, new { name = "second" });
        var page = await _browser.GetAsync(Page + "/revoke-all");
        page.Says(200, "cannot be undone", "Active API keys 2");
        var form = page.Form(Page + "/revoke-all");

        (await _browser.SubmitAsync(form, ("confirmation", ""))).Says(400, "not the account’s name");
        Assert.Equal(["active", "active"], await StatusesAsync());
        var done = await _browser.SubmitAsync(form, ("confirmation", "Acme"));

        (await _browser.FollowAsync(done)).Says(200, "All API keys of the account are revoked.", "0 of 10");
        Assert.Equal(["revoked", "revoked"], await StatusesAsync());
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("viewer")]
    public async Task PeopleOfTheAccount_AreRefused_AndSeeNoWayThere(string role)
    {
        await _admin.IssueKeyAsync(_account);
        using var person = new ConsoleBrowser(_admin);
        await person.SignInAsync(_account, role);
        var start = await person.GetAsync($"/console/accounts/{_account}/keys");
        var token = start.Form("/console/sign-out").Fields.First(f => f.Name == ConsoleForm.Token);
        string[] pages = ["", "/suspend", "/resume", "/revoke-all"];

        foreach (var path in pages.Select(p => Page + p).Append("/console/accounts/new"))
        {
            (await person.GetAsync(path)).Says(403, "Only operators");
            (string, string)[] fields =
            [
                token,
                ("confirmation", "Acme"),
                ("name", "mine"),
                ("once", new string('x', 22)),
            ];
            (await person.PostAsync(path, fields, _admin.Url)).Says(403, "Only operators");
        }

        Assert.DoesNotContain(start.Links, l => l.Contains("administer", StringComparison.Ordinal));
        Assert.Equal("Acme", (string)(await AccountAsync())["name"]!);
        Assert.Equal(["active"], await StatusesAsync());
    }

    private async Task<JsonNode> AccountAsync() =>
        (await _admin.GetAsync($"/v1/accounts/{_account}")).Succeeded().Data["account"]!;

    private async Task<string[]> StatusesAsync() =>
        [
            .. (await _admin.GetAsync($"/v1/accounts/{_account}/api-keys")).Succeeded().Data["apiKeys"]!
                .AsArray()
                .Select(k => (string)k!["status"]!),
        ];

    private async Task<string[]> ActionsAsync(string account) =>
        [
            .. (await _admin.GetAsync($"/v1/audit?accountId={account}")).Succeeded().Data["entries"]!
                .AsArray()
                .Select(e => (string)e!["action"]!),
        ];
}
