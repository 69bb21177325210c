using System.Text.Json.Nodes;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>PATCH changes what is stated, null clears, and a stale or forbidden change is refused.</summary>
public abstract class UpdateKeyContract(SharedAdmin shared)
{
    private readonly TestAdmin _admin = shared.Admin;

    private async Task<string> NewKeyAsync(object? body = null)
    {
        var account = await _admin.AddAccountAsync();
        await _admin.AddWalletAsync(account.Id, "w1");
        var (id, _) = await _admin.IssueKeyAsync(account.Id, body);
        return $"/v1/accounts/{account.Id}/api-keys/{id}";
    }

    [Fact]
    public async Task Null_Clears_AndAbsent_Leaves()
    {
        var path = await NewKeyAsync(
            new
            {
                description = "d",
                expiresAt = "2036-01-01T00:00:00Z",
                allowedIps = new[] { "10.0.0.1" },
                permissions = new[] { "a:read" },
                walletScope = "selected",
                walletBindings = new[] { new { walletId = "w1" } },
                signingWalletId = "w1",
                rateLimit = new { requests = 1, windowSeconds = 1 },
            }
        );
        var before = (await _admin.GetAsync(path)).Key;
        var renamed = (await _admin.PatchAsync(path, new { name = "new" })).Succeeded().Key;
        foreach (var field in before.AsObject().Select(p => p.Key).Except(["name", "updatedAt"]))
            Assert.True(JsonNode.DeepEquals(before[field], renamed[field]), field);
        Assert.Equal("new", (string)renamed["name"]!);

        var cleared = await _admin.PatchAsync(
            path,
            """
            {"description":null,"expiresAt":null,"allowedIps":null,"permissions":null,"walletScope":"all",
             "signingWalletId":null,"rateLimit":null}
            """
        );
        foreach (
            var field in new[]
            {
                "description",
                "expiresAt",
                "allowedIps",
                "permissions",
                "signingWalletId",
                "rateLimit",
            }
        )
            Assert.True(cleared.Succeeded().Key[field] is null, field);
        Assert.Empty(cleared.Key["walletBindings"]!.AsArray());
        Assert.True((bool)cleared.Data["propagation"]!["complete"]!);
    }

    [Fact]
    public async Task Change_RaisesTheETag_IsFed_AndAudited()
    {
        var path = await NewKeyAsync();
        var answer = (await _admin.PatchAsync(path, new { name = "new" })).Succeeded();
        Assert.Equal("\"2\"", answer.Headers.ETag!.ToString());
        var id = (string)answer.Key["id"]!;
        var number = (long)answer.Data["propagation"]!["change"]!;
        var change = await _admin.Store.Database.ReadAsync(s => s.GetChangeAsync(number));
        Assert.Equal(("key.updated", id), (change!.Kind, change.KeyId));
        var entries = await _admin.Store.Database.ReadAsync(s => s.ListAuditAsync(new AuditQuery(KeyId: id)));
        Assert.Equal("key.update", entries[0].Action);
        Assert.Equal("CI deploy key", (string?)JsonNode.Parse(entries[0].Before!)!["name"]);
        var after = JsonNode.Parse(entries[0].After!)!.AsObject();
        Assert.Equal(["name", "updatedAt"], after.Select(p => p.Key).Order());
    }

    [Fact]
    public async Task NoChange_IsNoChange()
    {
        var path = await NewKeyAsync(new { allowedIps = new[] { "10.0.0.1" } });
        var answer = await _admin.PatchAsync(path, new { name = "CI deploy key", allowedIps = new[] { "10.0.0.1" } });
        Assert.Equal("\"1\"", answer.Succeeded().Headers.ETag!.ToString());
        Assert.True((bool)answer.Data["propagation"]!["complete"]!);
    }

    [Theory]
    [InlineData("\"1\"", 200)]
    [InlineData("*", 200)]
    [InlineData("\"7\", \"1\"", 200)]
    [InlineData("\"2\"", 412)]
    [InlineData("W/\"1\"", 412)]
    [InlineData("1", 412)]
    public async Task IfMatch_GuardsAgainstAStaleRead(string ifMatch, int status)
    {
        var path = await NewKeyAsync();
        var answer = await _admin.SendAsync(
            HttpMethod.Patch,
            path,
            new { name = "new" },
            TestAdmin.OperatorToken,
            ("If-Match", ifMatch)
        );
        if (status == 412)
            answer.Refused(412, "PRECONDITION_FAILED");
        else
            answer.Succeeded();
    }

    [Fact]
    public async Task FieldsAndRules_AreListedInOneAnswer()
    {
        var answer = await _admin.PatchAsync(
            await NewKeyAsync(),
            """
            {"name":null,"expiresAt":"2020-01-01T00:00:00Z","walletScope":"selected",
             "walletBindings":[{"walletId":"w9"}],"signingWalletId":"w8"}
            """
        );
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "name REQUIRED",
                "expiresAt IN_THE_PAST",
                "walletBindings[0].walletId UNKNOWN_WALLET",
                "signingWalletId UNKNOWN_WALLET"
            );
    }

    [Fact]
    public async Task EveryProblem_IsListedAtOnce_AndWhatCannotChangeIsUnknown()
    {
        var answer = await _admin.PatchAsync(
            await NewKeyAsync(),
            """{"name":null,"role":"api_admin","environment":"production","walletScope":null,"allowedIps":["x"]}"""
        );
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "name REQUIRED",
                "role UNKNOWN_FIELD",
                "environment UNKNOWN_FIELD",
                "walletScope REQUIRED",
                "allowedIps[0] INVALID_ADDRESS"
            );
    }

    [Theory]
    [InlineData("""{"expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt IN_THE_PAST")]
    [InlineData("""{"walletScope":"selected"}""", "walletBindings REQUIRED")]
    [InlineData("""{"walletBindings":[{"walletId":"w1"}]}""", "walletBindings NOT_SELECTED")]
    [InlineData("""{"signingWalletId":"w2"}""", "signingWalletId UNKNOWN_WALLET")]
    public async Task WrongField_IsNamed(string body, string error) =>
        (await _admin.PatchAsync(await NewKeyAsync(), body)).Refused(400, "VALIDATION_FAILED").WithErrors(error);

    [Fact]
    public async Task RevokedKey_CannotBeChanged()
    {
        var path = await NewKeyAsync();
        (await _admin.DeleteAsync(path, new { confirmation = "CI deploy key" })).Succeeded();
        (await _admin.PatchAsync(path, new { expiresAt = (string?)null })).Refused(409, "KEY_REVOKED");
        (await _admin.PostAsync(path + "/disable")).Refused(409, "KEY_REVOKED");
        (await _admin.PostAsync(path + "/enable")).Refused(409, "KEY_REVOKED");
        (await _admin.PostAsync(path + "/rotate")).Refused(409, "KEY_REVOKED");
    }

    [Fact]
    public async Task LiftingAnExpiry_CountsAgainstTheLimit()
    {
        await using var admin = await TestAdmin.StartAsync(provider: shared.Provider);
        var account = await admin.AddAccountAsync(a => a with { MaxActiveKeys = 1 });
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (old, _) = await admin.IssueKeyAsync(account.Id, new { expiresAt = admin.Clock.GetUtcNow().AddHours(1) });
        admin.Clock.Advance(TimeSpan.FromHours(2));
        var (young, _) = await admin.IssueKeyAsync(account.Id);

        (await admin.PatchAsync($"{keys}/{old}", """{"expiresAt":null}""")).Refused(409, "KEY_LIMIT_REACHED");
        (await admin.PatchAsync($"{keys}/{old}", new { name = "still expired" })).Succeeded();
        (await admin.DeleteAsync($"{keys}/{young}", new { confirmation = "CI deploy key" })).Succeeded();
        Assert.Equal(
            "active",
            (string)(await admin.PatchAsync($"{keys}/{old}", """{"expiresAt":null}""")).Key["status"]!
        );
    }

    [Fact]
    public async Task DisabledKey_KeepsItsPlace_AndComesBackOnlyWithinTheLimit()
    {
        var account = await _admin.AddAccountAsync(a => a with { MaxActiveKeys = 2 });
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        await _admin.IssueKeyAsync(account.Id);
        var disabled = (await _admin.PostAsync($"{keys}/{id}/disable")).Succeeded();
        Assert.Equal("disabled", (string)disabled.Key["status"]!);
        Assert.True((bool)disabled.Data["propagation"]!["complete"]!);
        (await _admin.PostAsync(keys, new { name = "x", environment = "sandbox" })).Refused(409, "KEY_LIMIT_REACHED");
        Assert.Equal("active", (string)(await _admin.PostAsync($"{keys}/{id}/enable")).Succeeded().Key["status"]!);

        (await _admin.PostAsync($"{keys}/{id}/disable")).Succeeded();
        await _admin.Store.Database.WriteAsync(s => s.UpdateAccountAsync(account with { MaxActiveKeys = 1 }));
        (await _admin.PostAsync($"{keys}/{id}/enable")).Refused(409, "KEY_LIMIT_REACHED");
    }

    [Fact]
    public async Task DisablingTwice_OrEnablingWhatIsOn_ChangesNothing()
    {
        var path = await NewKeyAsync();
        Assert.Equal("\"1\"", (await _admin.PostAsync(path + "/enable")).Succeeded().Headers.ETag!.ToString());
        (await _admin.PostAsync(path + "/disable", new { })).Succeeded();
        var again = (await _admin.PostAsync(path + "/disable")).Succeeded();
        Assert.Equal("\"2\"", again.Headers.ETag!.ToString());
        (await _admin.PostAsync(path + "/disable", new { reason = "x" }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("reason UNKNOWN_FIELD");
    }
}

/// <summary>Changes of keys on SQLite.</summary>
public sealed class SqliteUpdateKeyTests(SqliteAdmin shared) : UpdateKeyContract(shared), IClassFixture<SqliteAdmin>;

/// <summary>Changes of keys on PostgreSQL.</summary>
public sealed class PostgresUpdateKeyTests(PostgresAdmin shared)
    : UpdateKeyContract(shared),
        IClassFixture<PostgresAdmin>;
