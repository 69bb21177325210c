namespace Gateway.Tests;

/// <summary>The console tells a key's owner that others know its secret, where it was found and what to do.</summary>
public sealed class LeakConsoleTests
{
    private const string Place = "https://example.com/repo/blob/main/<b>&.txt";

    [Fact]
    public async Task Owner_IsTold_OnTheTableAndOnTheKeysPage_AndNobodyElse()
    {
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings(("Leaks:Action", "disable")));
        var (account, other) = (await admin.AddAccountAsync(), await admin.AddAccountAsync());
        var (id, secret) = await admin.IssueKeyAsync(account.Id, new { name = "<i>deploy</i>" });
        await new SecretScanner(admin).ReportAsync(secret, Place);
        using var owner = new ConsoleBrowser(admin);
        using var stranger = new ConsoleBrowser(admin);
        await owner.SignInAsync(account.Id, "viewer");
        await stranger.SignInAsync(other.Id, "owner", "sub-2");

        var keys = $"/console/accounts/{account.Id}/keys";
        foreach (var path in new[] { keys, $"{keys}/{id}" })
        {
            var page = (await owner.GetAsync(path)).Says(
                200,
                "The secret of “<i>deploy</i>” is known to others. Reported by github",
                Place,
                "Do not enable it"
            );
            Assert.DoesNotContain("<b>&", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("<i>deploy", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, page.Html, StringComparison.Ordinal);
        }
        (await owner.GetAsync($"{keys}/{id}")).Says(200, "Found in public");
        var others = await stranger.GetAsync($"/console/accounts/{other.Id}/keys");
        Assert.DoesNotContain("known to others", others.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notice_LeavesTheTable_AfterAMonth_AndStaysOnTheKeysPage()
    {
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings());
        var account = await admin.AddAccountAsync();
        var (id, secret) = await admin.IssueKeyAsync(account.Id);
        Assert.Equal(202, (await admin.PostAsync("/v1/leaks/revoke", new { key = secret }, null)).Status);
        await Eventually.TrueAsync(async () =>
            (string)(await admin.GetAsync($"/v1/accounts/{account.Id}/api-keys/{id}")).Key["status"]! == "revoked"
        );
        admin.Clock.Advance(TimeSpan.FromDays(31));
        using var browser = new ConsoleBrowser(admin);
        await browser.SignInAsync();
        var keys = $"/console/accounts/{account.Id}/keys";
        var table = await browser.GetAsync(keys);
        Assert.DoesNotContain("known to others", table.Text, StringComparison.Ordinal);
        (await browser.GetAsync($"{keys}/{id}")).Says(200, "Reported by whoever held the secret", "It is revoked.");
    }
}
