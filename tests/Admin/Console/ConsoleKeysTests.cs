using System.Text.RegularExpressions;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>People manage their keys on pages: each does what the API does, and says so.</summary>
public sealed partial class ConsoleKeysTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;
    private string _account = "";
    private string _keys = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
        _account = (await _admin.AddAccountAsync()).Id;
        _keys = $"/console/accounts/{_account}/keys";
        await _browser.SignInAsync(_account, "owner");
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task PageSaysWhy_NoKeyCanBeMade()
    {
        await _admin.IssueKeyAsync(_account);
        var create = (await ReviewAsync(("name", "bot"), ("environment", "sandbox"))).Form(_keys);
        await PatchAsync(new { maxActiveKeys = 1 });
        (await _browser.GetAsync(_keys)).Says(200, "1 of 1", "All 1 keys are in use");
        (await _browser.SubmitAsync(create)).Says(409, "Too many active API keys");

        await PatchAsync(new { maxActiveKeys = (int?)null, apiKeysEnabled = false });
        (await _browser.GetAsync(_keys)).Says(200, "may not make or rotate API keys yet", "not enabled");
        (await _browser.SubmitAsync(create)).Says(403, "not enabled for this account");

        await PatchAsync(new { apiKeysEnabled = true, suspended = true });
        (await _browser.GetAsync(_keys)).Says(200, "This account is suspended");
        (await _browser.SubmitAsync(create)).Says(403, "suspended");
        Assert.Single(await KeysAsync());

        await PatchAsync(new { suspended = false });
        (await _browser.SubmitAsync(create)).Says(201, "API key generated");
    }

    [Fact]
    public async Task Rotation_ShowsTheNewSecret_AndBothKeysWork()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account);
        var form = (await _browser.GetAsync(_keys)).Form($"{_keys}/{id}/rotate");
        Assert.Contains(("hours", "24"), form.Fields);

        var rotated = await _browser.SubmitAsync(form);

        rotated.Says(201, "API key generated", "The key it replaces works until");
        (await _browser.SubmitAsync(form)).Says(409, "This was done already");
        (await _browser.GetAsync(_keys)).Says(200, "Rotating", "Active", "old secret", "1 of 10");
        Assert.Equal(["active", "rotating"], (await KeysAsync()).Select(k => (string)k!["status"]!));
    }

    [Theory]
    [InlineData("169", 400, "Must be 0 to 168")]
    [InlineData("soon", 400, "Must be a whole number")]
    [InlineData("0", 201, "no longer works")]
    public async Task GraceHours_AreChecked(string hours, int status, string words)
    {
        var (id, _) = await _admin.IssueKeyAsync(_account);
        var form = (await _browser.GetAsync(_keys)).Form($"{_keys}/{id}/rotate");
        (await _browser.SubmitAsync(form, ("hours", hours))).Says(status, words);
    }

    [Fact]
    public async Task Revoking_AsksForTheName_ThenGivesTheReceipt()
    {
        var (id, secret) = await _admin.IssueAdminKeyAsync(_account);
        var asked = await _browser.GetAsync($"{_keys}/{id}/revoke");
        asked.Says(200, "Every program that uses this key stops at once", "Last used Never", "last day 0");
        var form = asked.Form($"{_keys}/{id}/revoke");

        var wrong = await _browser.SubmitAsync(form, ("confirmation", "Admin"));
        wrong.Says(400, "This is not the key’s name");
        Assert.Equal("Admin", wrong.Value("confirmation"));
        (await _admin.GetAsync("/v1/api-keys", secret)).Succeeded();

        var right = await _browser.SubmitAsync(form, ("confirmation", "admin"));
        Assert.Equal(303, right.Status);
        var page = await _browser.FollowAsync(right);
        page.Says(200, "“admin” is revoked", "No gateway is running");
        (await _browser.GetAsync(right.Location!)).Says(200, "“admin” is revoked");
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        (await _browser.GetAsync($"{_keys}/{id}/revoke")).Says(200, "revoked already");
        (await _browser.GetAsync($"{_keys}/{id}")).Says(200, "Revoked", "sub-1@example.com person");
    }

    [Fact]
    public async Task Receipt_NamesTheGateways()
    {
        await using var gateway = await TestGateway.StartAsync(
            _admin.Store.Options,
            TestRoutes.For("http://127.0.0.1:1")
        );
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot" });
        var form = (await _browser.GetAsync($"{_keys}/{id}/revoke")).Form($"{_keys}/{id}/revoke");
        var page = await _browser.FollowAsync(await _browser.SubmitAsync(form, ("confirmation", "bot")));
        Assert.Matches("In force at 1 of 1 gateways in \\d+ ms\\.", page.Text);
    }

    [Fact]
    public async Task Expiration_GoesFromNever_ToADate_AndBack_AndSeesWhenSomebodyElseWasQuicker()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account);
        var path = $"{_keys}/{id}/expiration";
        var never = await _browser.GetAsync(path);
        Assert.Contains(("expiry", "never"), never.Form(path).Fields);

        var changed = await _browser.FollowAsync(await _browser.SubmitAsync(never.Form(path), ("expiry", "7")));
        changed.Says(200, "was changed", "Expires in 6 days");
        (await _browser.SubmitAsync(never.Form(path), ("expiry", "30"))).Says(
            412,
            "It was changed meanwhile",
            "what you typed"
        );
        var past = await _browser.SubmitAsync(
            (await _browser.GetAsync(path)).Form(path),
            ("expiry", "at"),
            ("expiresAt", "2020-01-01T00:00")
        );
        past.Says(400, "Must be in the future");
        var empty = await _browser.SubmitAsync(past.Form(path), ("expiry", "at"), ("expiresAt", ""));
        empty.Says(400, "Must be an instant");

        await _browser.SubmitAsync((await _browser.GetAsync(path)).Form(path), ("expiry", "never"));
        Assert.Null((await KeysAsync())[0]!["expiresAt"]);
    }

    [Fact]
    public async Task Key_IsDisabled_AndEnabled_AndItsPageTellsItsHistory()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot", role = "api_readonly" });
        var page = await _browser.GetAsync($"{_keys}/{id}");
        page.Says(200, "can use *:read", "configured operator");

        page = await _browser.FollowAsync(await _browser.SubmitAsync(page.Form($"{_keys}/{id}/disable")));
        page.Says(200, "Disabled", "“bot” was changed");
        page = await _browser.FollowAsync(await _browser.SubmitAsync(page.Form($"{_keys}/{id}/enable")));
        page.Says(200, "Active");
        Assert.Matches("Enabled.*Disabled.*Created", page.Text);
    }

    [Fact]
    public async Task Table_IsFiltered_Searched_AndPaged()
    {
        await PatchAsync(new { maxActiveKeys = 100 });
        (await _browser.GetAsync(_keys)).Says(200, "No API keys yet", "0 of 100");
        for (var i = 0; i < 52; i++)
            await _admin.IssueKeyAsync(
                _account,
                new { name = $"bot {i:00}", environment = i == 7 ? "production" : "sandbox" }
            );
        var revoked = (string)(await KeysAsync())[0]!["id"]!;
        (
            await _admin.DeleteAsync($"/v1/accounts/{_account}/api-keys/{revoked}", new { confirmation = "bot 51" })
        ).Succeeded();

        var first = await _browser.GetAsync(_keys);
        first.Says(200, "51 of 100", "bot 50", "bot 01");
        Assert.DoesNotContain("bot 51", first.Text, StringComparison.Ordinal);
        var next = first.Links.Single(l => l.Contains("after=key_", StringComparison.Ordinal));
        var second = await _browser.GetAsync(next);
        second.Says(200, "bot 00");
        Assert.Equal(["bot 00"], NamesOf(second));
        Assert.Equal(["bot 07"], NamesOf(await _browser.GetAsync(_keys + "?environment=production")));
        Assert.Equal(["bot 51"], NamesOf(await _browser.GetAsync(_keys + "?status=revoked")));
        Assert.Equal(["bot 33"], NamesOf(await _browser.GetAsync(_keys + "?q=T+33")));
        (await _browser.GetAsync(_keys + "?q=nothing")).Says(200, "No key matches");
        Assert.Equal(50, NamesOf(await _browser.GetAsync(_keys + "?status=nonsense&other=1")).Count);
    }

    [Fact]
    public async Task TenThousandKeys_AreShownAPageAtATime()
    {
        var account = await _admin.Store.Database.ReadAsync(s => s.GetAccountAsync(_account));
        await _admin.Store.Database.AddKeysAsync(account!, 10_000);
        string[] pages = [_keys, _keys + "?q=bot+77", _keys + "?status=revoked", _keys + "?environment=sandbox"];
        foreach (var page in pages)
        {
            var answer = await _browser.GetAsync(page);
            answer.Says(200, "10000 of 10 active");
            Assert.InRange(NamesOf(answer).Count, 0, 50);
        }
    }

    [Fact]
    public async Task SessionThatEndsWhileSomebodyTypes_LosesNothing()
    {
        var form = (await _browser.GetAsync(_keys + "/new")).Form(_keys + "/new");
        _admin.Clock.Advance(TimeSpan.FromHours(1));
        var ended = await _browser.SubmitAsync(form, ("name", "typed for long"), ("environment", "sandbox"));
        ended.Says(401, "Your session has ended", "nothing you typed is lost");

        // In another tab, with the cookies of this browser.
        await _browser.SignInAsync();
        var confirm = await _browser.SubmitAsync(ended.Form(_keys + "/new"));
        confirm.Says(400, "Please confirm");
        (await _browser.SubmitAsync(confirm.Form(_keys + "/new"))).Says(200, "Step 2 of 2", "typed for long");
    }

    private async Task<ConsoleAnswer> ReviewAsync(params (string, string?)[] typed)
    {
        var page = await _browser.GetAsync(_keys + "/new");
        return await _browser.SubmitAsync(page.Says(200, "Step 1 of 2").Form(_keys + "/new"), typed);
    }

    private async Task PatchAsync(object body) =>
        (await _admin.PatchAsync($"/v1/accounts/{_account}", body)).Succeeded();

    private async Task<System.Text.Json.Nodes.JsonArray> KeysAsync() =>
        (await _admin.GetAsync($"/v1/accounts/{_account}/api-keys")).Data["apiKeys"]!.AsArray();

    private static List<string> NamesOf(ConsoleAnswer page) =>
        [.. Name().Matches(page.Html).Select(m => m.Groups["name"].Value)];

    [GeneratedRegex("<th scope=\"row\"><a [^>]*>(?<name>[^<]*)</a>")]
    private static partial Regex Name();
}
