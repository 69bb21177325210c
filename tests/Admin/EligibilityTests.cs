namespace Gateway.Tests;

/// <summary>Making and rotating keys is gated by the configured rules; the reasons are said, with whom to ask.</summary>
public sealed class EligibilityTests
{
    private static readonly Dictionary<string, string?> BothRules = new()
    {
        ["Eligibility:Rules:0"] = "ApiKeysEnabled",
        ["Eligibility:Rules:1"] = "ExternalWalletLinked",
        ["Eligibility:Contact"] = "hello@example.com",
    };

    [Fact]
    public async Task AccountThatMeetsNeitherRule_IsToldBoth_AndMakesNoKey()
    {
        await using var admin = await TestAdmin.StartAsync(BothRules);
        var account = await admin.AddAccountAsync(a => a with { ApiKeysEnabled = false });

        var asked = (await admin.GetAsync($"/v1/accounts/{account.Id}/eligibility")).Succeeded();
        Assert.False((bool)asked.Data["eligible"]!);
        Assert.Equal("hello@example.com", (string)asked.Data["contact"]!);
        var reasons = asked.Data["reasons"]!.AsArray();
        Assert.Equal(["API_KEYS_NOT_ENABLED", "EXTERNAL_WALLET_REQUIRED"], reasons.Select(r => (string)r!["code"]!));
        Assert.All(
            reasons,
            r => Assert.Contains("hello@example.com", (string)r!["message"]!, StringComparison.Ordinal)
        );

        var refused = await admin.PostAsync(
            $"/v1/accounts/{account.Id}/api-keys",
            new { name = "k", environment = "sandbox" }
        );
        refused.Refused(403, "NOT_ELIGIBLE");
        Assert.Equal(reasons.ToJsonString(), refused.Body["reasons"]!.ToJsonString());
        Assert.Contains("hello@example.com", (string)refused.Body["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("custodial")]
    [InlineData("embedded")]
    public async Task WalletThatIsNotExternal_DoesNotCount(string kind)
    {
        await using var admin = await TestAdmin.StartAsync(BothRules);
        var account = await admin.AddAccountAsync();
        var wallets = $"/v1/accounts/{account.Id}/wallets";
        (await admin.PostAsync(wallets, new { walletId = "held", kind })).Succeeded(201);

        Assert.Equal(["EXTERNAL_WALLET_REQUIRED"], await ReasonsAsync(admin, account.Id));

        var wallet = new SolanaWallet();
        await admin.LinkAsync(account.Id, wallet);
        Assert.Empty(await ReasonsAsync(admin, account.Id));
        await admin.IssueKeyAsync(account.Id);

        // Somebody finds out that the product holds the key of it after all.
        var other = await admin.AddAccountAsync();
        (await admin.PostAsync($"/v1/accounts/{other.Id}/wallets", new { walletId = wallet.Address, kind })).Succeeded(
            201
        );
        Assert.Equal(["EXTERNAL_WALLET_REQUIRED"], await ReasonsAsync(admin, account.Id));
    }

    [Fact]
    public async Task ExternalWallet_ThatAnOperatorRegistered_IsNotProven_AndDoesNotCount()
    {
        await using var admin = await TestAdmin.StartAsync(BothRules);
        var account = await admin.AddAccountAsync();
        var registered = new { walletId = new SolanaWallet().Address, kind = "external" };
        (await admin.PostAsync($"/v1/accounts/{account.Id}/wallets", registered)).Succeeded(201);

        Assert.Equal(["EXTERNAL_WALLET_REQUIRED"], await ReasonsAsync(admin, account.Id));
    }

    [Fact]
    public async Task ExistingKeys_GoOnWorking_WhenTheAccountIsNoLongerEligible()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = await admin.AddAccountAsync();
        var (id, key) = await admin.IssueAdminKeyAsync(account.Id);

        (await admin.PatchAsync($"/v1/accounts/{account.Id}", new { apiKeysEnabled = false })).Succeeded();

        (await admin.GetAsync("/v1/api-keys", key)).Succeeded();
        (await admin.PostAsync($"/v1/accounts/{account.Id}/api-keys/{id}/rotate")).Refused(403, "NOT_ELIGIBLE");
        Assert.Equal(["API_KEYS_NOT_ENABLED"], await ReasonsAsync(admin, account.Id, key));
    }

    [Fact]
    public async Task ProductThatWantsNoRules_ConfiguresTheEmptyList()
    {
        await using var admin = await TestAdmin.StartAsync(new() { ["Eligibility:Rules"] = "" });
        var account = await admin.AddAccountAsync(a => a with { ApiKeysEnabled = false });

        Assert.Empty(await ReasonsAsync(admin, account.Id));
        await admin.IssueKeyAsync(account.Id);
    }

    [Fact]
    public async Task AccountThatDoesNotExist_IsNotFound()
    {
        await using var admin = await TestAdmin.StartAsync();
        (await admin.GetAsync("/v1/accounts/acc_none/eligibility")).Refused(404, "ACCOUNT_NOT_FOUND");
    }

    private static async Task<IEnumerable<string>> ReasonsAsync(
        TestAdmin admin,
        string accountId,
        string credential = TestAdmin.OperatorToken
    )
    {
        var answer = (await admin.GetAsync($"/v1/accounts/{accountId}/eligibility", credential)).Succeeded();
        var reasons = answer.Data["reasons"]!.AsArray().Select(r => (string)r!["code"]!).ToList();
        Assert.Equal(reasons.Count == 0, (bool)answer.Data["eligible"]!);
        return reasons;
    }
}
