using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>A key is changed in the console: what was typed, nothing besides, and never by overwriting somebody else.</summary>
public sealed class ConsoleEditTests : IAsyncLifetime
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
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.AddWalletAsync(_account, "wallet-2");
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Everything_IsChanged_AndClearedAgain_WithAReceipt()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot", role = "api_admin" });
        var path = $"{_keys}/{id}/edit";
        (await _browser.GetAsync($"{_keys}/{id}")).Says(200, "Edit");
        var saved = await _browser.SubmitAsync(
            (await _browser.GetAsync(path)).Form(path),
            ("name", "payout bot"),
            ("description", "two\r\nlines"),
            ("permissions", "payments:* tokens:read"),
            ("walletScope", "selected"),
            ("wallet", "wallet-2"),
            ("for:wallet-2", "payments:read"),
            ("signingWallet", "wallet-2"),
            ("allowedIps", "203.0.113.0/24\r\n198.51.100.7"),
            ("requests", "5"),
            ("window", "10")
        );
        (await _browser.FollowAsync(saved)).Says(200, "“payout bot” was changed.", "No gateway is running yet.");
        var key = await KeyAsync(id);
        AssertIs(
            """
            { "name": "payout bot", "description": "two\nlines", "permissions": ["payments:*", "tokens:read"],
              "walletScope": "selected",
              "walletBindings": [{ "walletId": "wallet-2", "permissions": ["payments:read"] }],
              "signingWalletId": "wallet-2", "allowedIps": ["203.0.113.0/24", "198.51.100.7"],
              "rateLimit": { "requests": 5, "windowSeconds": 10 }, "role": "api_admin", "environment": "sandbox" }
            """,
            key
        );

        // The boxes that are still ticked are not meant when all wallets are.
        await _browser.SubmitAsync(
            (await _browser.GetAsync(path)).Form(path),
            ("description", ""),
            ("permissions", ""),
            ("walletScope", "all"),
            ("signingWallet", ""),
            ("allowedIps", " "),
            ("requests", "")
        );
        AssertIs(
            """
            { "name": "payout bot", "description": null, "permissions": null, "walletScope": "all", "walletBindings": [],
              "signingWalletId": null, "allowedIps": null, "rateLimit": null }
            """,
            await KeyAsync(id)
        );
    }

    [Fact]
    public async Task WhatTheFormCannotSay_IsLeftAsItIs()
    {
        var (id, _) = await _admin.IssueKeyAsync(
            _account,
            new
            {
                name = "bot",
                role = "api_admin",
                permissions = Array.Empty<string>(),
                expiresAt = "2040-06-01T12:00:00Z",
                rateLimit = new { requests = 7, windowSeconds = 77 },
                walletScope = "selected",
                walletBindings = new object[]
                {
                    new { walletId = "wallet-2", permissions = Array.Empty<string>() },
                    new { walletId = "wallet-1" },
                },
            }
        );
        var path = $"{_keys}/{id}/edit";
        var before = await KeyAsync(id);
        var page = await _browser.GetAsync(path);
        page.Says(200, "Now it may do nothing at all", "77 seconds");

        await _browser.SubmitAsync(page.Form(path));
        Assert.True(JsonNode.DeepEquals(before, await KeyAsync(id)));

        // Another wallet is taken off: the key may still do nothing for the one that stays.
        await _browser.SubmitAsync((await _browser.GetAsync(path)).Form(path), ("wallet", "wallet-2"));
        var after = await KeyAsync(id);
        AssertIs(
            """
            { "permissions": [], "walletBindings": [{ "walletId": "wallet-2", "permissions": [] }],
              "rateLimit": { "requests": 7, "windowSeconds": 77 } }
            """,
            after
        );
        Assert.Equal((string)before["expiresAt"]!, (string)after["expiresAt"]!);
    }

    [Fact]
    public async Task Mistakes_StandAtTheirFields_AndWhatWasTypedStays()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot", role = "api_readonly" });
        var path = $"{_keys}/{id}/edit";
        var form = (await _browser.GetAsync(path)).Form(path);

        var refused = await _browser.SubmitAsync(
            form,
            ("name", " "),
            ("permissions", "payments:write"),
            ("allowedIps", "203.0.113.7/24"),
            ("requests", "many")
        );

        refused.Says(400, "4 things need another look", "Must be within what the role api_readonly may do");
        Assert.Contains(("requests", "many"), refused.Form(path).Fields);
        Assert.Contains(("allowedIps", "203.0.113.7/24"), refused.Form(path).Fields);
        var unticked = await _browser.SubmitAsync(form, ("walletScope", "selected"));
        unticked.Says(400, "must name at least one");
        Assert.Equal("bot", (string)(await KeyAsync(id))["name"]!);
    }

    [Fact]
    public async Task WhoeverWasSlower_IsTold_BeforeOverwriting()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot" });
        var path = $"{_keys}/{id}/edit";
        var old = (await _browser.GetAsync(path)).Form(path);
        await _browser.SubmitAsync(old, ("allowedIps", "203.0.113.7"));

        var slower = await _browser.SubmitAsync(old, ("description", "mine"));

        slower.Says(412, "It was changed meanwhile", "Nothing was saved");
        AssertIs("""{ "description": null, "allowedIps": ["203.0.113.7"] }""", await KeyAsync(id));
        (await _browser.SubmitAsync(slower.Form(path))).Says(303);
        AssertIs("""{ "description": "mine", "allowedIps": null }""", await KeyAsync(id));
    }

    [Fact]
    public async Task RevokedKey_HasNothingToEdit()
    {
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "bot" });
        var path = $"{_keys}/{id}/edit";
        var form = (await _browser.GetAsync(path)).Form(path);
        await _admin.DeleteAsync($"/v1/accounts/{_account}/api-keys/{id}", new { confirmation = "bot" });

        (await _browser.SubmitAsync(form, ("name", "other"))).Says(412, "nothing about it can be changed any more");
        Assert.DoesNotContain("/edit\"", (await _browser.GetAsync($"{_keys}/{id}")).Html, StringComparison.Ordinal);
    }

    private async Task<JsonObject> KeyAsync(string id) =>
        (await _admin.GetAsync($"/v1/accounts/{_account}/api-keys/{id}")).Succeeded().Key.AsObject();

    private static void AssertIs(string expected, JsonObject key)
    {
        foreach (var (name, value) in JsonNode.Parse(expected)!.AsObject())
            Assert.True(JsonNode.DeepEquals(value, key[name]), $"{name}: {key[name]?.ToJsonString()}");
    }
}
