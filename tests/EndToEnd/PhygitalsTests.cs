using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>The page of Phygitals on API keys, line by line: what its settings page would ask the admin API, and what its
/// users' bots then meet at the gateway.</summary>
public sealed class PhygitalsTests
{
    private const string Contact = "hello@phygitals.com";

    // One environment whose keys begin with phy_; nobody chooses scopes, all keys have these.
    private static readonly Dictionary<string, string?> Shared = new()
    {
        ["Keys:Environments:main:Prefix"] = "phy_",
        ["Keys:DefaultPermissions:0"] = "vm.buy.crypto",
        ["Keys:DefaultPermissions:1"] = "marketplace.take-claw-bid",
    };

    private static readonly Dictionary<string, string?> Eligibility = new()
    {
        ["Eligibility:Rules:0"] = "ApiKeysEnabled",
        ["Eligibility:Rules:1"] = "ExternalWalletLinked",
        ["Eligibility:Contact"] = Contact,
        ["Eligibility:Domain"] = "phygitals.com",
    };

    private const string Buy = "/api/vm/buy";
    private const string TakeBid = "/api/marketplace/bids/7/take";
    private const string Elsewhere = "/api/vm/sell";

    private static string Route(string name, string path, string permission) =>
        $$"""
            , "{{name}}": {
              "ClusterId": "product", "Match": { "Path": "{{path}}" }, "Metadata": { "Permissions": "{{permission}}" }
            }
            """;

    private static readonly string Routes =
        Route("buy", Buy, "vm.buy.crypto")
        + Route("sell", Elsewhere, "vm.sell.crypto")
        + Route("take", "/api/marketplace/bids/{id}/take", "marketplace.take-claw-bid");

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task AccountThatMeetsNeitherRequirement_IsToldBothAndWhomToAsk_UntilItMeetsThem(string provider)
    {
        await using var phygitals = await StartAsync(provider);
        var account = await OpenAccountAsync(phygitals);

        Assert.Equal(["API_KEYS_NOT_ENABLED", "EXTERNAL_WALLET_REQUIRED"], await ReasonsAsync(phygitals, account));
        (await phygitals.Admin.PatchAsync($"/v1/accounts/{account}", new { apiKeysEnabled = true })).Succeeded();
        Assert.Equal(["EXTERNAL_WALLET_REQUIRED"], await ReasonsAsync(phygitals, account));
        // "Embedded or custodial wallets do not qualify."
        foreach (var kind in new[] { "embedded", "custodial" })
            (
                await phygitals.Admin.PostAsync($"/v1/accounts/{account}/wallets", new { walletId = kind, kind })
            ).Succeeded(201);
        Assert.Equal(["EXTERNAL_WALLET_REQUIRED"], await ReasonsAsync(phygitals, account));

        await phygitals.Admin.LinkAsync(account, new SolanaWallet());
        Assert.Empty(await ReasonsAsync(phygitals, account));
        Assert.Equal("200", await phygitals.CallAsync(Secret(await CreateAsync(phygitals, account)), Buy));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Key_IsNamed_ShownOnce_AndMayDoWhatAllKeysMay(string provider)
    {
        await using var phygitals = await StartAsync(provider);
        var account = await OpenEligibleAccountAsync(phygitals);
        var never = await CreateAsync(phygitals, account);
        var dated = await CreateAsync(phygitals, account, new { name = "buyback-script", expiresAt = In(90) });

        Assert.Matches("^phy_[0-9A-Za-z]{38}$", Secret(never));
        Assert.Null(never.Key["expiresAt"]);
        foreach (var key in new[] { Secret(never), Secret(dated) })
        {
            Assert.Equal("200", await phygitals.CallAsync(key, Buy));
            Assert.Equal("200", await phygitals.CallAsync(key, TakeBid));
            Assert.Equal("403 INSUFFICIENT_PERMISSIONS", await phygitals.CallAsync(key, Elsewhere));
        }
        Assert.Equal(
            "vm.buy.crypto marketplace.take-claw-bid",
            phygitals.Upstream.Requests[^1].Value("X-Gateway-Permissions")
        );
        // The secret is in the two answers that made them, and in no other.
        foreach (var text in new[] { (await ListAsync(phygitals, account)).Text, await GetTextAsync(never) })
        {
            Assert.DoesNotContain(Secret(never)[8..], text, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret(dated)[8..], text, StringComparison.Ordinal);
        }

        async Task<string> GetTextAsync(ApiAnswer key) =>
            (await phygitals.Admin.GetAsync($"{Keys(account)}/{key.Key["id"]}")).Succeeded().Text;
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task List_ShowsNamePrefixScopesExpiryAndLastUse(string provider)
    {
        await using var phygitals = await StartAsync(provider);
        var account = await OpenEligibleAccountAsync(phygitals);
        var used = await CreateAsync(phygitals, account, new { name = "production-bot", expiresAt = In(30) });
        await CreateAsync(phygitals, account, new { name = "idle" });
        var before = Now().AddMilliseconds(-1);
        Assert.Equal("200", await phygitals.CallAsync(Secret(used), Buy));
        await phygitals.FlushAsync();

        var listed = (await ListAsync(phygitals, account)).Data["apiKeys"]!.AsArray();

        var (bot, idle) = (Find(listed, "production-bot"), Find(listed, "idle"));
        Assert.Equal(Secret(used)[..8], (string)bot["keyPrefix"]!);
        Assert.Equal(["vm.buy.crypto", "marketplace.take-claw-bid"], Strings(bot["grants"]!));
        Assert.Equal((string)used.Key["expiresAt"]!, (string)bot["expiresAt"]!);
        Assert.InRange((DateTimeOffset)bot["lastUsedAt"]!, before, Now());
        Assert.Null(idle["expiresAt"]);
        Assert.Null(idle["lastUsedAt"]);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task TenActiveKeys_AreTheLimit_ForTwentyAtOnceToo(string provider)
    {
        await using var phygitals = await StartAsync(provider);
        var account = await OpenEligibleAccountAsync(phygitals);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => phygitals.Admin.PostAsync(Keys(account), new { name = $"bot {i}" }))
        );

        var made = answers.Where(a => a.Status == 201).ToList();
        Assert.Equal(10, made.Count);
        Assert.All(answers.Except(made), a => a.Refused(409, "KEY_LIMIT_REACHED"));
        var calls = await Task.WhenAll(made.Select(a => phygitals.CallAsync(Secret(a), Buy)));
        Assert.All(calls, c => Assert.Equal("200", c));
        // "Revoke unused keys before creating new ones if you hit the limit."
        await RevokeAsync(phygitals, account, made[0]);
        await CreateAsync(phygitals, account);
        var beyond = await phygitals.Admin.PostAsync(Keys(account), new { name = "one more" });
        beyond.Refused(409, "KEY_LIMIT_REACHED");
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Expiration_IsSwitchedBetweenNeverAndADate(string provider)
    {
        await using var phygitals = await StartAsync(provider);
        var account = await OpenEligibleAccountAsync(phygitals);
        var key = await CreateAsync(phygitals, account);
        var path = $"{Keys(account)}/{key.Key["id"]}";

        var soon = Now().AddMilliseconds(400);
        (await phygitals.Admin.PatchAsync(path, new { expiresAt = soon })).Succeeded();
        Assert.Equal("200", await phygitals.CallAsync(Secret(key), Buy));
        // "Expired keys stop working immediately", without anybody doing anything.
        await Eventually.TrueAsync(() => Now() >= soon);
        Assert.Equal("401 EXPIRED_API_KEY", await phygitals.CallAsync(Secret(key), Buy));
        Assert.Equal("expired", (string)(await phygitals.Admin.GetAsync(path)).Key["status"]!);

        var later = await phygitals.Admin.PatchAsync(path, new { expiresAt = In(30) });
        Assert.Equal("active", (string)later.Succeeded().Key["status"]!);
        Assert.Equal("200", await phygitals.CallAsync(Secret(key), Buy));
        var never = await phygitals.Admin.PatchAsync(path, """{"expiresAt":null}""");
        Assert.Null(never.Succeeded().Key["expiresAt"]);
        Assert.Equal("200", await phygitals.CallAsync(Secret(key), Buy));
        (await phygitals.Admin.PatchAsync(path, new { expiresAt = In(-1) }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("expiresAt IN_THE_PAST");
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Revocation_IsImmediateAndPermanent(string provider)
    {
        await using var phygitals = await StartAsync(provider);
        var account = await OpenEligibleAccountAsync(phygitals);
        var key = await CreateAsync(phygitals, account);
        Assert.Equal("200", await phygitals.CallAsync(Secret(key), Buy));
        var path = $"{Keys(account)}/{key.Key["id"]}";

        await RevokeAsync(phygitals, account, key);

        Assert.Equal("401 REVOKED_API_KEY", await phygitals.CallAsync(Secret(key), Buy));
        foreach (var change in new[] { """{"expiresAt":null}""", """{"expiresAt":"2096-01-01T00:00:00Z"}""" })
            (await phygitals.Admin.PatchAsync(path, change)).Refused(409, "KEY_REVOKED");
        foreach (var operation in new[] { "enable", "disable", "rotate" })
            (await phygitals.Admin.PostAsync($"{path}/{operation}")).Refused(409, "KEY_REVOKED");
        Assert.Equal("401 REVOKED_API_KEY", await phygitals.CallAsync(Secret(key), Buy));
        var active = await phygitals.Admin.GetAsync($"{Keys(account)}?status=active");
        Assert.Empty(active.Succeeded().Data["apiKeys"]!.AsArray());
    }

    private static Task<Deployment> StartAsync(string provider) =>
        Deployment.StartAsync(
            new()
            {
                Provider = provider,
                Routes = Routes,
                Shared = Shared,
                Admin = Eligibility,
            }
        );

    private static async Task<string> OpenAccountAsync(Deployment phygitals) =>
        (string)(await phygitals.Admin.PostAsync("/v1/accounts", new { name = "Ash" })).Data["account"]!["id"]!;

    private static async Task<string> OpenEligibleAccountAsync(Deployment phygitals)
    {
        var account = await OpenAccountAsync(phygitals);
        await phygitals.Admin.PatchAsync($"/v1/accounts/{account}", new { apiKeysEnabled = true });
        await phygitals.Admin.LinkAsync(account, new SolanaWallet());
        return account;
    }

    // What the settings page shows, and what making a key is refused with: the same reasons, the same contact.
    private static async Task<string[]> ReasonsAsync(Deployment phygitals, string account)
    {
        var shown = (await phygitals.Admin.GetAsync($"/v1/accounts/{account}/eligibility")).Succeeded().Data;
        var reasons = shown["reasons"]!.AsArray();
        Assert.Equal(reasons.Count == 0, (bool)shown["eligible"]!);
        if (reasons.Count == 0)
            return [];
        var refused = await phygitals.Admin.PostAsync(Keys(account), new { name = "production-bot" });
        refused.Refused(403, "NOT_ELIGIBLE");
        Assert.True(JsonNode.DeepEquals(reasons, refused.Body["reasons"]));
        Assert.Equal(Contact, (string)refused.Body["contact"]!);
        Assert.Contains(Contact, (string)refused.Body["detail"]!, StringComparison.Ordinal);
        return [.. reasons.Select(r => (string)r!["code"]!)];
    }

    private static async Task<ApiAnswer> CreateAsync(Deployment phygitals, string account, object? body = null) =>
        (await phygitals.Admin.PostAsync(Keys(account), body ?? new { name = "production-bot" })).Succeeded(201);

    private static async Task RevokeAsync(Deployment phygitals, string account, ApiAnswer key) =>
        phygitals.EveryoneKnows(
            (
                await phygitals.Admin.DeleteAsync(
                    $"{Keys(account)}/{key.Key["id"]}",
                    new { confirmation = (string)key.Key["name"]! }
                )
            ).Succeeded()
        );

    private static async Task<ApiAnswer> ListAsync(Deployment phygitals, string account) =>
        (await phygitals.Admin.GetAsync(Keys(account))).Succeeded();

    private static JsonNode Find(JsonArray keys, string name) => keys.Single(k => (string)k!["name"]! == name)!;

    private static IEnumerable<string> Strings(JsonNode list) => list.AsArray().Select(s => (string)s!);

    private static string Keys(string account) => $"/v1/accounts/{account}/api-keys";

    private static string Secret(ApiAnswer answer) => (string)answer.Key["key"]!;

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static DateTimeOffset In(int days) => Now().AddDays(days);
}
