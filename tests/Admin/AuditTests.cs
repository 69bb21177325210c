using System.Text.Json.Nodes;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Every write leaves an entry in its own transaction; everybody sees their own and nobody else's.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private Account _account = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync();
        _account = await _admin.AddAccountAsync();
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task EveryWrite_LeavesAnEntry_AndARefusedOneNone()
    {
        var made = await _admin.PostAsync("/v1/accounts", new { name = "New", apiKeysEnabled = true });
        var id = (string)made.Data["account"]!["id"]!;
        var account = $"/v1/accounts/{id}";
        await _admin.PatchAsync(account, new { name = "Newer" });
        await _admin.PatchAsync(account, new { name = "Newer" });
        await _admin.PatchAsync(account, new { name = "" });
        await _admin.PatchAsync(account, new { suspended = true });
        await _admin.PatchAsync(account, new { suspended = false });
        var wallet = new SolanaWallet();
        await _admin.LinkAsync(id, wallet);
        await _admin.PostAsync($"{account}/wallets", new { walletId = "w", kind = "custodial" });
        await _admin.PostAsync($"{account}/wallets", new { walletId = "w", kind = "custodial" });
        await _admin.DeleteAsync($"{account}/wallets/w");
        var person = await _admin.PostAsync($"{account}/people", new { email = "a@example.com", role = "owner" });
        await _admin.DeleteAsync($"{account}/people/{person.Data["person"]!["id"]}");

        string[] expected =
        [
            "account.create",
            "account.update",
            "account.suspend",
            "account.unsuspend",
            "wallet.challenge",
            "wallet.link",
            "wallet.register",
            "wallet.unlink",
            "person.invite",
            "person.remove",
        ];
        var entries = await EntriesAsync($"?accountId={id}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), Actions(entries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Operators_LeaveEntries_ThatBelongToNoAccount()
    {
        var made = await _admin.PostAsync("/v1/operators", new { name = "ada" });
        var token = (string)made.Data["operator"]!["token"]!;
        var id = (string)made.Data["operator"]!["id"]!;
        var bob = await _admin.PostAsync("/v1/operators", new { name = "bob" }, token);
        await _admin.DeleteAsync($"/v1/operators/{bob.Data["operator"]!["id"]}", null, token);

        var entries = await EntriesAsync($"?actor={id}");
        Assert.Equal(["operator.create", "operator.remove"], Actions(entries).Order(StringComparer.Ordinal));
        Assert.All(entries, e => Assert.Null(e["accountId"]));
        Assert.All(entries, e => Assert.Equal("ada", (string)e["actor"]!["name"]!));
    }

    [Fact]
    public async Task Entry_SaysWhoDidWhatWhenFromWhere_AndWhatChanged()
    {
        var answer = await _admin.PatchAsync($"/v1/accounts/{_account.Id}", new { name = "New" });

        var entry = (await EntriesAsync($"?accountId={_account.Id}")).Single();
        Assert.StartsWith("aud_", (string)entry["id"]!, StringComparison.Ordinal);
        Assert.Equal((string)answer.Data["account"]!["updatedAt"]!, (string)entry["after"]!["updatedAt"]!);
        Assert.Equal("""{"type":"operator","id":"op_configured","name":"configured operator"}""", Json(entry["actor"]));
        Assert.Equal("account.update", (string)entry["action"]!);
        Assert.Equal("127.0.0.1", (string)entry["ip"]!);
        Assert.Equal(answer.Headers.GetValues("X-Request-Id").Single(), (string)entry["requestId"]!);
        Assert.Equal(("Acme", "New"), ((string)entry["before"]!["name"]!, (string)entry["after"]!["name"]!));
        Assert.Null(entry["before"]!["apiKeysEnabled"]);
        Assert.Null(entry["keyId"]);
    }

    [Fact]
    public async Task Entries_AreFound_ByKeyActorAndTime_PageByPage()
    {
        var (first, secret) = await _admin.IssueAdminKeyAsync(_account.Id);
        var (second, _) = await _admin.IssueKeyAsync(_account.Id);
        await _admin.LinkAsync(_account.Id, new SolanaWallet(), secret);

        Assert.Equal([second], (await EntriesAsync($"?keyId={second}")).Select(e => (string)e["keyId"]!));
        var byKey = await EntriesAsync($"?actor={first}");
        Assert.Equal(["wallet.challenge", "wallet.link"], Actions(byKey).Order(StringComparer.Ordinal));
        Assert.All(byKey, e => Assert.Equal("key", (string)e["actor"]!["type"]!));
        Assert.Empty(await EntriesAsync("?from=2999-01-01T00:00:00Z"));
        Assert.Equal(4, (await EntriesAsync("?from=2020-01-01T00:00:00Z")).Count);

        var (listed, cursor) = (new List<string>(), "");
        do
        {
            var page = (await _admin.GetAsync($"/v1/audit?limit=3{cursor}")).Succeeded();
            listed.AddRange(page.Data["entries"]!.AsArray().Select(e => (string)e!["id"]!));
            cursor = page.Data["nextCursor"] is { } next ? $"&cursor={next}" : null;
        } while (cursor is not null);
        Assert.Equal((await EntriesAsync("")).Select(e => (string)e["id"]!), listed);
    }

    [Fact]
    public async Task AccountsOwnActor_SeesTheAccountsEntries_AndNoOthers()
    {
        var other = await _admin.AddAccountAsync();
        var (_, key) = await _admin.IssueAdminKeyAsync(_account.Id);
        var (theirs, _) = await _admin.IssueAdminKeyAsync(other.Id);
        await _admin.PostAsync("/v1/operators", new { name = "ada" });

        var own = await EntriesAsync("", key);
        Assert.NotEmpty(own);
        Assert.All(own, e => Assert.Equal(_account.Id, (string)e["accountId"]!));
        Assert.Empty(await EntriesAsync($"?keyId={theirs}", key));
        Assert.Equal(own.Count, (await EntriesAsync($"?accountId={_account.Id}", key)).Count);
        (await _admin.GetAsync($"/v1/audit?accountId={other.Id}", key)).Refused(404, "ACCOUNT_NOT_FOUND");
        var (_, weak) = await _admin.IssueKeyAsync(_account.Id, new { permissions = new[] { "tokens:read" } });
        (await _admin.GetAsync("/v1/audit", weak)).Refused(403, "INSUFFICIENT_PERMISSIONS");
    }

    [Fact]
    public async Task EveryProblemOfTheQuery_IsListedAtOnce() =>
        (await _admin.GetAsync("/v1/audit?from=yesterday&limit=0&key=x"))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("from INVALID_INSTANT", "limit OUT_OF_RANGE", "key UNKNOWN_PARAMETER");

    [Fact]
    public async Task WriteThatFails_LeavesNoEntry()
    {
        // The change counter is written last: when that fails, all of it must go.
        await _admin.Store.Database.WriteAsync(s => s.ExecuteAsync("alter table change_counter rename to elsewhere"));

        (await _admin.PatchAsync($"/v1/accounts/{_account.Id}", new { name = "New" })).Refused(
            503,
            "STORE_UNAVAILABLE"
        );

        Assert.Empty(await EntriesAsync(""));
        var read = await _admin.GetAsync($"/v1/accounts/{_account.Id}");
        Assert.Equal("Acme", (string)read.Data["account"]!["name"]!);
    }

    private async Task<List<JsonNode>> EntriesAsync(string query, string credential = TestAdmin.OperatorToken)
    {
        var answer = (await _admin.GetAsync("/v1/audit" + query, credential)).Succeeded();
        return [.. answer.Data["entries"]!.AsArray().Select(e => e!)];
    }

    private static IEnumerable<string> Actions(IEnumerable<JsonNode> entries) =>
        entries.Select(e => (string)e["action"]!);

    private static string Json(JsonNode? node) => node!.ToJsonString();
}
