using System.Text.Json.Nodes;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Keys are made as asked, with the stated defaults and limits, and the secret is shown once.</summary>
public sealed class CreateKeyTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    private readonly TestAdmin _admin = shared.Admin;

    private async Task<string> KeysOfNewAccountAsync() =>
        $"/v1/accounts/{(await _admin.AddAccountAsync()).Id}/api-keys";

    [Fact]
    public async Task TheDocumentedCall_WorksAsPrinted()
    {
        var account = await _admin.AddAccountAsync();
        var (_, secret) = await _admin.IssueAdminKeyAsync(account.Id);

        var answer = await _admin.PostAsync(
            "/v1/api-keys",
            """
            {
            "name": "CI deploy key",
            "role": "api_developer",
            "environment": "sandbox",
            "walletScope": "all",
            "expiresAt": "2036-12-31T23:59:59Z"
            }
            """,
            secret
        );

        var key = answer.Succeeded(201).Key;
        Assert.Matches("^sk_test_[0-9A-Za-z]{38}$", (string)key["key"]!);
        Assert.Equal(((string)key["key"]!)[..12], (string)key["keyPrefix"]!);
        Assert.Equal(account.Id, (string)key["accountId"]!);
        Assert.Equal("api_developer", (string)key["role"]!);
        Assert.Equal("2036-12-31T23:59:59Z", (string)key["expiresAt"]!);
        Assert.Equal("active", (string)key["status"]!);
        Assert.True((bool)answer.Data["propagation"]!["complete"]!);
        Assert.Equal("\"1\"", answer.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task Defaults_AreAllWallets_AndNothingElse()
    {
        var keys = await KeysOfNewAccountAsync();
        var key = (await _admin.PostAsync(keys, new { name = "bot", environment = "sandbox" })).Succeeded(201).Key;
        Assert.Equal("all", (string)key["walletScope"]!);
        Assert.Empty(key["walletBindings"]!.AsArray());
        foreach (var field in new[] { "role", "permissions", "allowedIps", "rateLimit", "expiresAt", "description" })
            Assert.True(key.AsObject().ContainsKey(field) && key[field] is null, field);
    }

    [Fact]
    public async Task EveryField_IsKept()
    {
        var account = await _admin.AddAccountAsync();
        await _admin.AddWalletAsync(account.Id, "w1");
        var body = new
        {
            name = "Käse 🧀",
            description = "two\nlines",
            environment = "production",
            permissions = new[] { "vm.buy.crypto", "tokens:*" },
            walletScope = "selected",
            walletBindings = new object[] { new { walletId = "w1", permissions = new[] { "vm.buy.crypto" } } },
            signingWalletId = "w1",
            allowedIps = new[] { "10.0.0.0/8", "2001:db8::1" },
            rateLimit = new { requests = 5, windowSeconds = 60 },
            expiresAt = "2036-01-01T00:00:00.123+02:00",
        };
        var made = (await _admin.PostAsync($"/v1/accounts/{account.Id}/api-keys", body)).Succeeded(201).Key;
        var read = (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys/{made["id"]}")).Succeeded().Key;

        Assert.StartsWith("sk_live_", (string)made["key"]!, StringComparison.Ordinal);
        Assert.Equal("2035-12-31T22:00:00.123Z", (string)read["expiresAt"]!);
        var expected = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(body))!.AsObject();
        foreach (var (name, value) in expected.Where(p => p.Key != "expiresAt"))
            Assert.True(JsonNode.DeepEquals(value, read[name]), $"{name}: {read[name]}");
        made.AsObject().Remove("key");
        Assert.True(JsonNode.DeepEquals(made, read));
    }

    [Fact]
    public async Task EveryProblem_IsListedAtOnce()
    {
        var keys = await KeysOfNewAccountAsync();
        var answer = await _admin.PostAsync(
            keys,
            """
            {"nmae":"x","role":7,"role":"a","permissions":["Tokens:read","!tokens:read","a:*:b"],
             "walletScope":"some","walletBindings":[{"permissions":"x"},3,{"walletId":"w","x":1},{"walletId":"w"}],
             "allowedIps":["010.0.0.1","10.0.0.1/8","10.0.0.0/8","fe80::1%eth0"],"description":"\u0000",
             "rateLimit":{"requests":0},"expiresAt":"2036-01-01","environment":{}}
            """
        );
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "name REQUIRED",
                "nmae UNKNOWN_FIELD",
                "role DUPLICATE_FIELD",
                "role WRONG_TYPE",
                "permissions[0] INVALID_PERMISSION",
                "permissions[1] INVALID_PERMISSION",
                "permissions[2] INVALID_PERMISSION",
                "walletScope INVALID",
                "walletBindings[0].walletId REQUIRED",
                "walletBindings[0].permissions WRONG_TYPE",
                "walletBindings[1] WRONG_TYPE",
                "walletBindings[2].x UNKNOWN_FIELD",
                "walletBindings DUPLICATE",
                "allowedIps[0] INVALID_ADDRESS",
                "allowedIps[1] INVALID_ADDRESS",
                "allowedIps[3] INVALID_ADDRESS",
                "description INVALID_CHARACTER",
                "rateLimit.requests OUT_OF_RANGE",
                "rateLimit.windowSeconds REQUIRED",
                "expiresAt INVALID_INSTANT",
                "environment WRONG_TYPE"
            );
    }

    [Theory]
    [InlineData("", "name REQUIRED")]
    [InlineData(""" "name":"a", "environment":"sandbox", "nmae":1, """, "nmae UNKNOWN_FIELD")]
    [InlineData(""" "name":"a", "environment":"staging", """, "environment UNKNOWN_ENVIRONMENT")]
    public async Task FieldsAndRules_AreListedInOneAnswer(string fields, string error)
    {
        const string Rest = """
            "role":"api_boss", "expiresAt":"2020-01-01T00:00:00Z", "signingWalletId":"w8",
            "walletScope":"selected", "walletBindings":[{"walletId":"w9"}]
            """;
        var answer = await _admin.PostAsync(await KeysOfNewAccountAsync(), $"{{{fields}{Rest}}}");
        string[] missing = fields.Length == 0 ? ["environment REQUIRED"] : [];
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors([
                error,
                .. missing,
                "role UNKNOWN_ROLE",
                "expiresAt IN_THE_PAST",
                "signingWalletId UNKNOWN_WALLET",
                "walletBindings[0].walletId UNKNOWN_WALLET",
            ]);
    }

    // What could not be read is not said to be missing, nor what depends on it to be wrong.
    [Theory]
    [InlineData("""{"walletScope":"some","walletBindings":[{"walletId":"w1"}]}""", "walletScope INVALID")]
    [InlineData("""{"walletScope":"selected","walletBindings":7}""", "walletBindings WRONG_TYPE")]
    [InlineData("""{"environment":7}""", "environment WRONG_TYPE")]
    [InlineData(
        """{"walletScope":"selected","permissions":[7],"walletBindings":[{"walletId":"w1","permissions":["a:b"]}]}""",
        "permissions[0] WRONG_TYPE"
    )]
    public async Task UnreadableField_IsNamedOnce(string body, string error)
    {
        var account = await _admin.AddAccountAsync();
        await _admin.AddWalletAsync(account.Id, "w1");
        var fields = JsonNode.Parse(body)!.AsObject();
        fields["name"] = "a";
        fields.TryAdd("environment", "sandbox");
        var answer = await _admin.PostAsync($"/v1/accounts/{account.Id}/api-keys", fields);
        answer.Refused(400, "VALIDATION_FAILED").WithErrors(error);
    }

    [Theory]
    [InlineData("""{"name":""}""", "name INVALID_LENGTH")]
    [InlineData("""{"name":"  "}""", "name INVALID_LENGTH")]
    [InlineData("""{"name":"a\tb"}""", "name INVALID_CHARACTER")]
    [InlineData("""{"name":null}""", "name REQUIRED")]
    [InlineData("""{"name":"a","role":"api_boss"}""", "role UNKNOWN_ROLE")]
    [InlineData("""{"name":"a","environment":"staging"}""", "environment UNKNOWN_ENVIRONMENT")]
    [InlineData("""{"name":"a","environment":null}""", "environment REQUIRED")]
    [InlineData("""{"name":"a","walletScope":"selected"}""", "walletBindings REQUIRED")]
    [InlineData("""{"name":"a","walletScope":"selected","walletBindings":[]}""", "walletBindings REQUIRED")]
    [InlineData("""{"name":"a","signingWalletId":"w9"}""", "signingWalletId UNKNOWN_WALLET")]
    [InlineData("""{"name":"a","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt IN_THE_PAST")]
    [InlineData("""{"name":"a","expiresAt":"2036-01-01T00:00:00"}""", "expiresAt INVALID_INSTANT")]
    [InlineData("""{"name":"a","expiresAt":2036}""", "expiresAt WRONG_TYPE")]
    [InlineData("""{"name":"a","allowedIps":[]}""", "allowedIps INVALID_LENGTH")]
    [InlineData("""{"name":"a","rateLimit":{"requests":1.5,"windowSeconds":1}}""", "rateLimit.requests WRONG_TYPE")]
    [InlineData(
        """{"name":"a","rateLimit":{"requests":1,"windowSeconds":86401}}""",
        "rateLimit.windowSeconds OUT_OF_RANGE"
    )]
    [InlineData(
        """{"name":"a","walletBindings":[{"walletId":"w9"}]}""",
        "walletBindings NOT_SELECTED",
        "walletBindings[0].walletId UNKNOWN_WALLET"
    )]
    public async Task WrongField_IsNamed(string body, params string[] errors)
    {
        var fields = JsonNode.Parse(body)!.AsObject();
        fields.TryAdd("environment", "sandbox");
        var answer = await _admin.PostAsync(await KeysOfNewAccountAsync(), fields);
        answer.Refused(400, "VALIDATION_FAILED").WithErrors(errors);
    }

    [Fact]
    public async Task Lengths_AreCountedInCharacters_AndBounded()
    {
        var keys = await KeysOfNewAccountAsync();
        var emoji = string.Concat(Enumerable.Repeat("🧀", 100));
        var bindings = Enumerable.Range(0, 101).Select(i => $"10.0.0.{i}");
        var fits = new
        {
            name = emoji,
            description = new string('d', 500),
            environment = "sandbox",
        };
        (await _admin.PostAsync(keys, fits)).Succeeded(201);
        var answer = await _admin.PostAsync(
            keys,
            new
            {
                name = emoji + "x",
                description = new string('d', 501),
                allowedIps = bindings,
                environment = "sandbox",
            }
        );
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("name INVALID_LENGTH", "description INVALID_LENGTH", "allowedIps TOO_MANY");
    }

    [Fact]
    public async Task Wallet_OfAnotherAccount_IsUnknown()
    {
        var other = await _admin.AddAccountAsync();
        await _admin.AddWalletAsync(other.Id, "w-other");
        var body = new
        {
            name = "a",
            environment = "sandbox",
            walletScope = "selected",
            walletBindings = new[] { new { walletId = "w-other" } },
        };
        var answer = await _admin.PostAsync(await KeysOfNewAccountAsync(), body);
        answer.Refused(400, "VALIDATION_FAILED").WithErrors("walletBindings[0].walletId UNKNOWN_WALLET");
    }

    [Fact]
    public async Task OnlyEnvironment_NeedNotBeStated()
    {
        await using var admin = await TestAdmin.StartAsync(new() { ["Keys:Environments:main:Prefix"] = "phy_" });
        var account = await admin.AddAccountAsync();
        var answer = await admin.PostAsync($"/v1/accounts/{account.Id}/api-keys", new { name = "bot" });
        Assert.StartsWith("phy_", (string)answer.Succeeded(201).Key["key"]!, StringComparison.Ordinal);
        Assert.Equal("main", (string)answer.Key["environment"]!);
    }

    [Fact]
    public async Task AccountThatIsNotEligible_IsToldWhy_AndWhomToAsk()
    {
        await using var admin = await TestAdmin.StartAsync(
            new() { ["Eligibility:Rules:0"] = "ApiKeysEnabled", ["Eligibility:Contact"] = "hello@example.com" }
        );
        var account = await admin.AddAccountAsync(a => a with { ApiKeysEnabled = false });
        var body = new { name = "bot", environment = "sandbox" };
        var answer = await admin.PostAsync($"/v1/accounts/{account.Id}/api-keys", body);
        answer.Refused(403, "NOT_ELIGIBLE");
        Assert.NotEmpty(answer.Body["reasons"]!.AsArray());
        Assert.Equal("hello@example.com", (string?)answer.Body["contact"]);
    }

    [Fact]
    public async Task UnknownAccount_IsNotFound()
    {
        var body = new { name = "bot", environment = "sandbox" };
        (await _admin.PostAsync("/v1/accounts/acc_none/api-keys", body)).Refused(404, "ACCOUNT_NOT_FOUND");
    }

    [Fact]
    public async Task OperatorWhoNamesNoAccount_IsAskedWhich()
    {
        (await _admin.PostAsync("/v1/api-keys", new { name = "bot" })).Refused(400, "ACCOUNT_REQUIRED");
        (await _admin.GetAsync("/v1/api-keys")).Refused(400, "ACCOUNT_REQUIRED");
    }

    [Fact]
    public async Task TwentyCreatesAtOnce_MakeExactlyTenKeys() => await CheckLimitAsync(_admin);

    [Fact]
    public async Task TwentyCreatesAtOnce_MakeExactlyTenKeys_OnPostgres()
    {
        await using var admin = await TestAdmin.StartAsync(provider: "postgres");
        await CheckLimitAsync(admin);
    }

    [Fact]
    public async Task AccountsOwnLimit_WinsOverTheSetting()
    {
        var account = await _admin.AddAccountAsync(a => a with { MaxActiveKeys = 1 });
        await _admin.IssueKeyAsync(account.Id);
        var body = new { name = "one more", environment = "sandbox" };
        var answer = await _admin.PostAsync($"/v1/accounts/{account.Id}/api-keys", body);
        answer.Refused(409, "KEY_LIMIT_REACHED");
    }

    [Fact]
    public async Task Create_IsAudited_WithoutTheSecret()
    {
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueKeyAsync(account.Id);
        var entry = Assert.Single(
            await _admin.Store.Database.ReadAsync(s => s.ListAuditAsync(new AuditQuery(KeyId: id)))
        );
        Assert.Equal(("operator", "op_configured", "key.create"), (entry.ActorType, entry.ActorId, entry.Action));
        Assert.Equal((account.Id, "127.0.0.1"), (entry.AccountId, entry.Ip));
        Assert.Null(entry.Before);
        Assert.Contains("CI deploy key", entry.After!, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[12..], entry.After!, StringComparison.Ordinal);
    }

    private static async Task CheckLimitAsync(TestAdmin admin)
    {
        var account = await admin.AddAccountAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    admin.PostAsync(
                        $"/v1/accounts/{account.Id}/api-keys",
                        new { name = $"bot {i}", environment = "sandbox" }
                    )
                )
        );
        Assert.Equal(10, answers.Count(a => a.Status == 201));
        Assert.All(answers.Where(a => a.Status != 201), a => a.Refused(409, "KEY_LIMIT_REACHED"));
        Assert.Equal(10, answers.Count(a => a.Status == 409));
        var now = TimeProvider.System.Now();
        Assert.Equal(10, await admin.Store.Database.ReadAsync(s => s.CountActiveKeysAsync(account.Id, now)));
    }
}
