using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A key's page says everything about it; what belongs together is shown so, and revoking says what stops.</summary>
public sealed class ConsoleKeyPageTests : IAsyncLifetime
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
    public async Task Page_SaysEverythingAboutTheKey()
    {
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.AddWalletAsync(_account, "wallet-2");
        var (id, _) = await _admin.IssueKeyAsync(
            _account,
            new
            {
                name = "bot",
                description = "pays out",
                role = "api_admin",
                permissions = new[] { "payments:*" },
                walletScope = "selected",
                walletBindings = new object[]
                {
                    new { walletId = "wallet-1", permissions = new[] { "payments:read" } },
                    new { walletId = "wallet-2" },
                },
                signingWalletId = "wallet-2",
                allowedIps = new[] { "203.0.113.0/24", "198.51.100.7" },
                rateLimit = new { requests = 1500, windowSeconds = 60 },
            }
        );

        (await _browser.GetAsync($"{_keys}/{id}")).Says(
            200,
            "pays out",
            "sandbox (devnet)",
            "Role api_admin",
            "can use payments:* (this key’s own list)",
            "wallet-1, only for payments:read",
            "Signs with wallet-2",
            "203.0.113.0/24, 198.51.100.7",
            "at most 1,500 requests in a minute",
            "by configured operator",
            "No requests in the last 7 days"
        );
    }

    [Fact]
    public async Task Usage_IsDrawnByHour_SaidInWords_AndListed_RefusalsByReason()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account);
        var now = _admin.Clock.GetUtcNow();
        var hour = new DateTimeOffset(now.Date.AddHours(now.Hour), TimeSpan.Zero);
        await CountAsync(
            new UsageCount(id, hour.AddHours(-167), "allowed", 7),
            new UsageCount(id, hour.AddHours(-168), "allowed", 100_000),
            new UsageCount(id, hour.AddHours(-2), "allowed", 1200),
            new UsageCount(id, hour.AddHours(-2), "IP_NOT_ALLOWED", 30),
            new UsageCount(id, hour, "IP_NOT_ALLOWED", 3),
            new UsageCount(id, hour, "RATE_LIMITED", 4),
            new UsageCount("key_other", hour, "allowed", 100_000)
        );

        var page = await _browser.GetAsync($"{_keys}/{id}");

        page.Says(200, "1,207 requests allowed, 37 refused", "with 1,230.", "1,230 in an hour at most");
        // Three hours had requests; each has a bar for what was let through and one for what was not.
        Assert.Equal(3, page.Html.Split("<rect class=\"allowed\"").Length - 1);
        Assert.Equal(4, Rows(page, "The same as a table"));
        page.Says(200, $"{hour.AddHours(-2).ToString("d MMM, HH:mm", Invariant)} 1,200 30");
        Assert.Matches("IP_NOT_ALLOWED 33 .*RATE_LIMITED 4 ", page.Text);
        Assert.Matches("<svg[^>]*role=\"img\"[^>]*aria-describedby=\"usage-words\"", page.Html);
        (await _browser.GetAsync($"{_keys}/{id}/revoke")).Says(200, "Requests in the last day 1,237 since ");
    }

    [Fact]
    public async Task Usage_IsSaidInTheViewersZone()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account);
        var now = _admin.Clock.GetUtcNow();
        var hour = new DateTimeOffset(now.Date.AddHours(now.Hour), TimeSpan.Zero);
        await CountAsync(new UsageCount(id, hour, "allowed", 5));
        _browser.Cookies.Add(new Uri(_admin.Url), new System.Net.Cookie("console-zone", "Asia/Kolkata", "/console"));

        (await _browser.GetAsync($"{_keys}/{id}")).Says(
            200,
            "Hour from (Asia/Kolkata)",
            hour.AddHours(5.5).ToString("d MMM, HH:mm", Invariant)
        );
    }

    [Fact]
    public async Task History_SaysWhatWasChanged_InTheWordsOfThePage_AndInTheViewersZone()
    {
        await _admin.AddWalletAsync(_account, "wallet-1");
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot", role = "api_admin" });
        var path = $"/v1/accounts/{_account}/api-keys/{id}";
        object[] bindings = [new { walletId = "wallet-1", permissions = new[] { "tokens:read", "vm.*" } }];
        var change = new
        {
            expiresAt = "2040-06-01T12:00:00Z",
            allowedIps = new[] { "203.0.113.7", "10.0.0.0/8" },
            rateLimit = new { requests = 5, windowSeconds = 60 },
            walletScope = "selected",
            walletBindings = bindings,
        };
        (await _admin.PatchAsync(path, change)).Succeeded();
        (await _admin.PostAsync(path + "/disable")).Succeeded();
        _browser.Cookies.Add(new Uri(_admin.Url), new System.Net.Cookie("console-zone", "Asia/Tokyo", "/console"));

        var page = await _browser.GetAsync($"{_keys}/{id}");

        page.Says(
            200,
            "expires: none → 1 Jun 2040, 21:00 Asia/Tokyo",
            "addresses: none → 203.0.113.7, 10.0.0.0/8",
            "rate limit: none → 5 in 60 s",
            "wallets: all → selected",
            "selected wallets: none → wallet-1 (only tokens:read, vm.*)"
        );
        Assert.Matches("Disabled configured operator.*Changed wallets: ", page.Text);
    }

    [Fact]
    public async Task RotatedKey_StandsBelowItsSuccessor_WithItsDeadline_HoweverManyKeysCameBetween()
    {
        await _admin.PatchAsync($"/v1/accounts/{_account}", new { maxActiveKeys = 100 });
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "rotated" });
        for (var i = 0; i < 51; i++)
            await _admin.IssueKeyAsync(_account, new { name = $"other {i}" });
        var rotated = await _admin.PostAsync($"/v1/accounts/{_account}/api-keys/{id}/rotate");
        var next = (string)rotated.Succeeded(201).Key["id"]!;

        var page = await _browser.GetAsync(_keys);

        Assert.Matches($"(?s)/keys/{next}\".*<tr class=\"old\">.*/keys/{id}\".*Rotating.*data-countdown", page.Html);
        page.Says(200, "Replaced, old secret", "in 23 h");
        // It is not listed a second time where it would stand by its age.
        var second = await _browser.GetAsync(page.Links.Single(l => l.Contains("after=key_")));
        second.Says(200, "other 0");
        Assert.DoesNotContain("rotated", second.Text, StringComparison.Ordinal);
        // Who looks for those in their grace period gets them by themselves.
        var rotating = await _browser.GetAsync(_keys + "?status=rotating");
        Assert.DoesNotContain("class=\"old\"", rotating.Html, StringComparison.Ordinal);
        rotating.Says(200, "rotated");

        (await _browser.GetAsync($"{_keys}/{next}")).Says(
            200,
            "Two secrets of this key work",
            "Rotations",
            "(this one)"
        );
        (await _browser.GetAsync($"{_keys}/{id}")).Says(200, "This secret was replaced", next);
        (await _browser.GetAsync($"{_keys}/{id}/revoke")).Says(200, "uses this old secret stops", $"successor {next}");
        (await _browser.GetAsync($"{_keys}/{next}/revoke")).Says(200, "goes on working, until in 23 h");

        // The newest secret was lost: rotating again says what that does, and the pair is the first and the last.
        var again = await _browser.GetAsync($"{_keys}/{next}");
        again.Says(200, "Rotate again only if the newest secret was lost");
        (await _browser.SubmitAsync(again.Form($"{_keys}/{next}/rotate"))).Says(201, "works until");
        page = await _browser.GetAsync(_keys);
        Assert.Matches($"(?s)>rotated</a>.*<tr class=\"old\">.*/keys/{id}\"", page.Html);
        Assert.DoesNotContain(next, page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RevokingAMaker_NamesWhatItMade_AndRevokesThatToo_UnlessToldNotTo()
    {
        var (maker, secret) = await _admin.IssueAdminKeyAsync(_account);
        var made = new List<string>();
        foreach (var name in new[] { "child 1", "child 2" })
        {
            var answer = await _admin.PostAsync("/v1/api-keys", new { name, environment = "sandbox" }, secret);
            made.Add((string)answer.Succeeded(201).Key["id"]!);
        }
        (await _browser.GetAsync($"{_keys}/{maker}")).Says(200, "Keys it made", "child 1", "child 2");
        (await _browser.GetAsync($"{_keys}/{made[0]}")).Says(200, "by the key admin");
        var asked = await _browser.GetAsync($"{_keys}/{maker}/revoke");
        asked.Says(200, "2 keys it made, or those made, go on working", "child 1", "child 2");
        var form = asked.Form($"{_keys}/{maker}/revoke");
        Assert.Contains(("descendants", "1"), form.Fields);

        var wrong = await _browser.SubmitAsync(form, ("descendants", null), ("confirmation", "no"));
        Assert.DoesNotContain(("descendants", "1"), wrong.Says(400).Form($"{_keys}/{maker}/revoke").Fields);
        var spared = await _browser.SubmitAsync(form, ("descendants", null), ("confirmation", "admin"));
        (await _browser.FollowAsync(spared)).Says(200, "“admin” is revoked", "child 1", "child 2");

        var all = await _browser.SubmitAsync(form, ("confirmation", "admin"));
        var page = await _browser.FollowAsync(all);
        page.Says(200, "“admin” is revoked");
        Assert.DoesNotContain("child", page.Text, StringComparison.Ordinal);
        foreach (var id in made)
            (await _browser.GetAsync($"{_keys}/{id}")).Says(200, "Revoked");
    }

    [Fact]
    public async Task KeyOfAnotherAccount_IsNothing_InANotice()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        var (foreign, _) = await _admin.IssueKeyAsync(other, new { name = "foreign" });
        await _admin.DeleteAsync($"/v1/accounts/{other}/api-keys/{foreign}", new { confirmation = "foreign" });
        var (own, _) = await _admin.IssueKeyAsync(_account, new { name = "own" });
        var path = $"/v1/accounts/{_account}/api-keys/{own}";
        var gone = await _admin.DeleteAsync(path, new { confirmation = "own" });
        var change = (long)gone.Succeeded().Data["propagation"]!["change"]!;

        var page = await _browser.GetAsync($"{_keys}?change={change}&of={foreign}");

        page.Says(200, "“own” is revoked");
        Assert.DoesNotContain("foreign", page.Text, StringComparison.Ordinal);
        for (var number = 1; number < change; number++)
            Assert.DoesNotContain("foreign", (await _browser.GetAsync($"{_keys}?change={number}")).Text);
    }

    private static System.Globalization.CultureInfo Invariant => System.Globalization.CultureInfo.InvariantCulture;

    private Task CountAsync(params UsageCount[] counts) =>
        _admin.Store.Database.WriteUsageAsync(new UsageBatch("batch-1", [], counts));

    private static int Rows(ConsoleAnswer page, string after)
    {
        var table = page.Html[page.Html.IndexOf(after, StringComparison.Ordinal)..];
        return table[..table.IndexOf("</table>", StringComparison.Ordinal)].Split("<tr>").Length - 1;
    }
}
