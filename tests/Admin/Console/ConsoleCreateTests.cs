namespace Gateway.Tests;

/// <summary>Making a key: details, a review in words, the secret once.</summary>
public sealed class ConsoleCreateTests : IAsyncLifetime
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
    public async Task Key_IsMade_ReviewedInWords_AndItsSecretShownOnce()
    {
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.AddWalletAsync(_account, "wallet-2");
        var review = await ReviewAsync(
            ("name", "CI deploy key"),
            ("environment", "production"),
            ("role", "api_developer"),
            ("permissions", "tokens:read\r\npayments:read"),
            ("walletScope", "selected"),
            ("wallet", "wallet-2"),
            ("allowedIps", "203.0.113.0/24"),
            ("expiry", "30"),
            ("description", "builds\r\nand ships")
        );
        review.Says(
            200,
            "can use tokens:read, payments:read,",
            "in production (mainnet-beta)",
            "for these wallets only: wallet-2",
            "from 203.0.113.0/24 only",
            "until "
        );

        var create = review.Forms.Single(f => f.Action == _keys);
        var made = await _browser.SubmitAsync(create);

        made.Says(201, "API key generated", "it will not be shown again");
        var secret = made.Value("secret")!;
        Assert.StartsWith("sk_live_", secret, StringComparison.Ordinal);
        Assert.Contains($"Bearer {secret}", made.Value("example"), StringComparison.Ordinal);
        Assert.Equal("no-store", made.Headers["Cache-Control"]);
        var key = Assert.Single(await KeysAsync())!;
        Assert.Equal("selected", (string)key["walletScope"]!);
        Assert.Equal("wallet-2", (string)key["walletBindings"]![0]!["walletId"]!);
        Assert.Equal("builds\nand ships", (string)key["description"]!);
        Assert.Equal(["203.0.113.0/24"], key["allowedIps"]!.AsArray().Select(a => (string)a!));
        Assert.Equal(
            30,
            Math.Round((DateTimeOffset.Parse((string)key["expiresAt"]!) - _admin.Clock.GetUtcNow()).TotalDays)
        );

        // What a reload, and the back button, send.
        var again = await _browser.SubmitAsync(create);
        again.Says(409, "This was done already", "ALREADY_DONE");
        foreach (
            var page in new[] { again, await _browser.GetAsync(_keys), await _browser.GetAsync($"{_keys}/{key["id"]}") }
        )
            Assert.DoesNotContain(secret, page.Html, StringComparison.Ordinal);
        Assert.Single(await KeysAsync());
        Assert.DoesNotContain(_admin.Log.Lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task EverythingThatIsWrong_IsSaid_AtItsField_AndWhatWasTypedStays()
    {
        var answer = await ReviewAsync(
            ("name", " "),
            ("environment", null),
            ("role", "api_readonly"),
            ("permissions", "tokens:write"),
            ("walletScope", "selected"),
            ("allowedIps", "10.0.0.1/8 203.0.113.7"),
            ("expiry", "at"),
            ("expiresAt", "2001-01-01T00:00")
        );

        answer.Says(
            400,
            "Must be 1 to 100 characters",
            "Must be one of: production, sandbox",
            "Must be within what the role api_readonly may do",
            "must name at least one",
            "Entry 1:",
            "Must be in the future"
        );
        Assert.Matches("id=\"name\"[^>]*aria-invalid=\"true\"", answer.Html);
        Assert.Matches("id=\"name-error\"", answer.Html);
        Assert.Equal("10.0.0.1/8 203.0.113.7", answer.Value("allowedIps"));
        Assert.Equal("2001-01-01T00:00", answer.Value("expiresAt"));
        Assert.Empty(await KeysAsync());
    }

    [Fact]
    public async Task EveryRestriction_IsSaidInTheReview_AndKept()
    {
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.AddWalletAsync(_account, "wallet-2");
        var review = await ReviewAsync(
            ("name", "bot"),
            ("environment", "sandbox"),
            ("role", "api_admin"),
            ("walletScope", "selected"),
            ("wallet", "wallet-1"),
            ("for:wallet-1", "payments:read tokens:*"),
            ("for:wallet-2", "left over"),
            ("signingWallet", "wallet-2"),
            ("requests", "1000"),
            ("window", "3600"),
            ("expiry", "never")
        );
        review.Says(
            200,
            "can do everything (role api_admin),",
            "for these wallets only: wallet-1 (only payments:read, tokens:* ),",
            "signing with wallet-2,",
            "from any address,",
            "at most 1,000 requests in an hour,",
            "until it is revoked: it never expires."
        );
        var edited = await _browser.SubmitAsync(review.Form(_keys + "/new"), ("edit", "1"));
        Assert.Equal("payments:read tokens:*", edited.Value("wallet-wallet-1"));
        Assert.Contains(("signingWallet", "wallet-2"), edited.Form(_keys + "/new").Fields);
        Assert.Contains(("window", "3600"), edited.Form(_keys + "/new").Fields);

        (await _browser.SubmitAsync(review.Form(_keys))).Says(201, "API key generated");

        var key = Assert.Single(await KeysAsync())!;
        Assert.Equal(
            """[{"walletId":"wallet-1","permissions":["payments:read","tokens:*"]}]""",
            key["walletBindings"]!.ToJsonString()
        );
        Assert.Equal("wallet-2", (string)key["signingWalletId"]!);
        Assert.Equal("""{"requests":1000,"windowSeconds":3600}""", key["rateLimit"]!.ToJsonString());
    }

    [Fact]
    public async Task WhatIsWrongWithAWallet_StandsAtThatWallet()
    {
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.AddWalletAsync(_account, "wallet-2");
        var answer = await ReviewAsync(
            ("name", "bot"),
            ("environment", "sandbox"),
            ("role", "api_readonly"),
            ("walletScope", "selected"),
            ("wallet", "wallet-2"),
            ("for:wallet-2", "payments:write"),
            ("signingWallet", "wallet-9"),
            ("requests", "many")
        );
        answer.Says(400, "Must be within what the key itself may do", "Must be a wallet of the account");
        Assert.Matches("id=\"wallet-wallet-2\"[^>]*aria-invalid=\"true\"", answer.Html);
        Assert.Matches("id=\"wallet-wallet-2-error\"", answer.Html);
        Assert.DoesNotMatch("id=\"wallet-wallet-1\"[^>]*aria-invalid", answer.Html);
        Assert.Matches("id=\"rateLimit-error\"", answer.Html);
        Assert.Equal("many", answer.Value("requests"));
    }

    [Fact]
    public async Task Details_CanBeChanged_AfterTheReview()
    {
        var review = await ReviewAsync(("name", "bot"), ("environment", "sandbox"), ("expiry", "7"));
        var edited = await _browser.SubmitAsync(review.Form(_keys + "/new"), ("edit", "1"));
        edited.Says(200, "Step 1 of 2");
        Assert.Equal("bot", edited.Value("name"));
        Assert.Contains(("expiry", "at"), edited.Form(_keys + "/new").Fields);
        (await _browser.SubmitAsync(edited.Form(_keys + "/new"))).Says(200, "Step 2 of 2", "in sandbox (devnet)");
    }

    [Fact]
    public async Task Expiry_IsReadAndShown_InTheViewersZone()
    {
        _browser.Cookies.Add(new Uri(_admin.Url), new System.Net.Cookie("console-zone", "Asia/Tokyo", "/console"));
        var year = _admin.Clock.GetUtcNow().Year + 1;
        var review = await ReviewAsync(
            ("name", "bot"),
            ("environment", "sandbox"),
            ("expiry", "at"),
            ("expiresAt", $"{year}-06-01T09:00")
        );
        review.Says(200, $"until 1 Jun {year}, 09:00 Asia/Tokyo");
        await _browser.SubmitAsync(review.Form(_keys));
        Assert.Equal($"{year}-06-01T00:00:00Z", (string)(await KeysAsync())[0]!["expiresAt"]!);
    }

    private async Task<ConsoleAnswer> ReviewAsync(params (string, string?)[] typed)
    {
        var page = await _browser.GetAsync(_keys + "/new");
        return await _browser.SubmitAsync(page.Says(200, "Step 1 of 2").Form(_keys + "/new"), typed);
    }

    private async Task<System.Text.Json.Nodes.JsonArray> KeysAsync() =>
        (await _admin.GetAsync($"/v1/accounts/{_account}/api-keys")).Data["apiKeys"]!.AsArray();
}
