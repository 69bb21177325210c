using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A revoke needs the name, is final, answers twice alike, and reaches what descends from the key if asked.</summary>
public abstract class RevokeKeyContract(SharedAdmin shared)
{
    private readonly TestAdmin _admin = shared.Admin;

    private static readonly object Confirmation = new { confirmation = "CI deploy key" };

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/revoke")]
    public async Task Revoke_EndsTheKeyForGood(string method, string suffix)
    {
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueKeyAsync(account.Id, new { role = "api_admin" });
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
        (await _admin.GetAsync("/v1/api-keys", secret)).Succeeded();

        var answer = await _admin.SendAsync(new HttpMethod(method), path + suffix, Confirmation);

        Assert.Equal("revoked", (string)answer.Succeeded().Key["status"]!);
        Assert.Equal("op_configured", (string)answer.Key["revokedBy"]!);
        Assert.True((bool)answer.Data["propagation"]!["complete"]!);
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("""{"confirmation":null}""")]
    [InlineData("""{"confirmation":"ci deploy key"}""")]
    [InlineData("""{"confirmation":"CI deploy key "}""")]
    public async Task WrongName_RevokesNothing(string? body)
    {
        var account = await _admin.AddAccountAsync();
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
        (await _admin.DeleteAsync(path, body)).Refused(400, "CONFIRMATION_MISMATCH");
        (await _admin.PostAsync(path + "/revoke", body)).Refused(400, "CONFIRMATION_MISMATCH");
        Assert.Equal("active", (string)(await _admin.GetAsync(path)).Key["status"]!);
    }

    [Fact]
    public async Task WrongQueryOrBody_RevokesNothing()
    {
        var account = await _admin.AddAccountAsync();
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
        (await _admin.DeleteAsync(path + "?descendants=yes", Confirmation))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("descendants INVALID");
        (await _admin.DeleteAsync(path + "?decendants=true", Confirmation))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("decendants UNKNOWN_PARAMETER");
        (await _admin.DeleteAsync(path + "?wait=61", Confirmation))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("wait OUT_OF_RANGE");
        (await _admin.DeleteAsync(path, """{"confirm":"CI deploy key"}"""))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("confirm UNKNOWN_FIELD");
        Assert.Equal("active", (string)(await _admin.GetAsync(path)).Key["status"]!);
    }

    [Fact]
    public async Task SecondTime_AnswersWithTheFirstReceipt()
    {
        var account = await _admin.AddAccountAsync();
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
        var first = (await _admin.DeleteAsync(path, Confirmation)).Succeeded();
        await _admin.IssueKeyAsync(account.Id);
        var second = (await _admin.DeleteAsync(path, Confirmation)).Succeeded();
        Assert.True(JsonNode.DeepEquals(first.Data, second.Data), second.Text);
        Assert.Equal(first.Headers.ETag, second.Headers.ETag);
    }

    [Fact]
    public async Task Descendants_AreListed_AndRevokedWhenAsked()
    {
        var account = await _admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (root, rootSecret) = await _admin.IssueKeyAsync(account.Id, new { role = "api_admin" });
        var (stranger, _) = await _admin.IssueKeyAsync(account.Id);
        var child = await MakeAsync(rootSecret, "child");
        var grandchild = await MakeAsync((string)child["key"]!, "grandchild");
        // Rotated by somebody else, the child's successor still descends from the root.
        var successor = (await _admin.PostAsync($"{keys}/{child["id"]}/rotate")).Succeeded(201).Key;

        var listed = (await _admin.DeleteAsync($"{keys}/{root}", Confirmation)).Succeeded();
        string[] below = [(string)child["id"]!, (string)grandchild["id"]!, (string)successor["id"]!];
        Assert.Equal(below.Order(), References(listed, "id").Order());
        Assert.DoesNotContain("revoked", References(listed, "status"));

        var revoked = (await _admin.DeleteAsync($"{keys}/{root}?descendants=true", Confirmation)).Succeeded();
        Assert.Equal(below.Order(), References(revoked, "id").Order());
        Assert.All(References(revoked, "status"), s => Assert.Equal("revoked", s));
        foreach (var id in below)
            Assert.Equal("revoked", (string)(await _admin.GetAsync($"{keys}/{id}")).Key["status"]!);
        Assert.Equal("active", (string)(await _admin.GetAsync($"{keys}/{stranger}")).Key["status"]!);
        var head = await _admin.Store.Database.ReadAsync(s => s.GetHeadAsync());
        Assert.Equal(head, (long)revoked.Data["propagation"]!["change"]!);
    }

    [Fact]
    public async Task RevokeAll_IsOneChange_AndNeedsTheAccountsName()
    {
        var account = await _admin.AddAccountAsync();
        var other = await _admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (first, secret) = await _admin.IssueAdminKeyAsync(account.Id);
        var (second, _) = await _admin.IssueKeyAsync(account.Id);
        var (untouched, _) = await _admin.IssueKeyAsync(other.Id);
        (await _admin.PostAsync(keys + "/revoke-all", new { confirmation = "acme" })).Refused(
            400,
            "CONFIRMATION_MISMATCH"
        );
        (await _admin.PostAsync("/v1/api-keys/revoke-all", new { confirmation = "Acme" }, secret)).Refused(
            400,
            "SELF_MODIFICATION"
        );
        var before = await _admin.Store.Database.ReadAsync(s => s.GetHeadAsync());

        var answer = (await _admin.PostAsync(keys + "/revoke-all", new { confirmation = "Acme" })).Succeeded();

        Assert.Equal(before + 1, (long)answer.Data["propagation"]!["change"]!);
        var change = await _admin.Store.Database.ReadAsync(s => s.GetChangeAsync(before + 1));
        Assert.Equal(
            (ChangeKinds.AccountKeysRevoked, account.Id, null),
            (change!.Kind, change.AccountId, change.KeyId)
        );
        Assert.Equal([first, second], answer.Data["apiKeys"]!.AsArray().Select(k => (string)k!["id"]!));
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        var status = (string)(await _admin.GetAsync($"/v1/accounts/{other.Id}/api-keys/{untouched}")).Key["status"]!;
        Assert.Equal("active", status);

        var again = (await _admin.DeleteAsync($"{keys}/{second}", Confirmation)).Succeeded();
        Assert.Equal(before + 1, (long)again.Data["propagation"]!["change"]!);
        Assert.Empty(
            (await _admin.PostAsync(keys + "/revoke-all", new { confirmation = "Acme" })).Succeeded().Data[
                "apiKeys"
            ]!.AsArray()
        );
    }

    private async Task<JsonNode> MakeAsync(string secret, string name) =>
        (await _admin.PostAsync("/v1/api-keys", new { name, role = "api_admin" }, secret)).Succeeded(201).Key;

    private static IEnumerable<string> References(ApiAnswer answer, string field) =>
        answer.Data["descendants"]!.AsArray().Select(k => (string)k![field]!);
}

/// <summary>Revoking on SQLite.</summary>
public sealed class SqliteRevokeKeyTests(SqliteAdmin shared) : RevokeKeyContract(shared), IClassFixture<SqliteAdmin>;

/// <summary>Revoking on PostgreSQL.</summary>
public sealed class PostgresRevokeKeyTests(PostgresAdmin shared)
    : RevokeKeyContract(shared),
        IClassFixture<PostgresAdmin>;
