using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A binding to a wallet narrows what its key may do, and never says more.</summary>
public abstract class BindingContract(SharedAdmin shared)
{
    private readonly TestAdmin _admin = shared.Admin;

    [Theory]
    [InlineData("""{"permissions":["tokens:read"]}""", "*")]
    [InlineData("""{"permissions":["tokens:read"]}""", "tokens:*")]
    [InlineData("""{"permissions":[]}""", "tokens:read")]
    public async Task Binding_CannotGiveMore_ThanItsKeyMayDo(string body, string grant)
    {
        var (account, secret) = await ManagerAsync();
        var fields = JsonNode.Parse(body)!.AsObject();
        fields["name"] = "x";
        fields["walletScope"] = "selected";
        fields["walletBindings"] = new JsonArray(
            JsonSerializer.SerializeToNode(new { walletId = "w1", permissions = new[] { grant } })
        );
        var answer = await _admin.PostAsync("/v1/api-keys", fields, secret);
        answer.Refused(400, "VALIDATION_FAILED").WithErrors("walletBindings[0].permissions EXCEEDS_KEY");
    }

    [Fact]
    public async Task Change_CannotLeaveABinding_BeyondItsKey()
    {
        var account = await _admin.AddAccountAsync();
        await _admin.AddWalletAsync(account.Id, "w1");
        const string Bound = """
            {"walletScope":"selected","walletBindings":[{"walletId":"w1","permissions":["tokens:read"]}]}
            """;
        var (id, _) = await _admin.IssueKeyAsync(
            account.Id,
            new { permissions = new[] { "tokens:read", "wallets:read" } }
        );
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
        (await _admin.PatchAsync(path, Bound.Replace("tokens:read", "tokens:*", StringComparison.Ordinal)))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("walletBindings[0].permissions EXCEEDS_KEY");
        (await _admin.PatchAsync(path, Bound)).Succeeded();

        var narrowed = new { permissions = new[] { "wallets:read" } };
        (await _admin.PatchAsync(path, narrowed))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("walletBindings[0].permissions EXCEEDS_KEY");
        (await _admin.PatchAsync(path, new { name = "other", permissions = new[] { "tokens:read" } })).Succeeded();
    }

    // As one made before its role was narrowed: what a binding says is not to be had by those who hold less.
    [Fact]
    public async Task Target_WhoseBindingSaysMoreThanTheActorHolds_IsOutOfReach()
    {
        var (account, secret) = await ManagerAsync();
        var (id, _) = await _admin.IssueKeyAsync(account, new { permissions = new[] { "tokens:read" } });
        await _admin.Store.Database.WriteAsync(async s =>
            await s.UpdateKeyAsync(
                (await s.GetKeyAsync(id))! with
                {
                    WalletScope = WalletScope.Selected,
                    WalletBindings = [new("w1", ["*"])],
                }
            )
        );
        (await _admin.PostAsync($"/v1/api-keys/{id}/rotate", null, secret))
            .Refused(403, "INSUFFICIENT_PERMISSIONS")
            .WithErrors("walletBindings EXCEEDS_ACTOR");
    }

    // A key that may manage keys, but otherwise only read tokens; its account has the wallet w1.
    private async Task<(string Account, string Secret)> ManagerAsync()
    {
        var account = await _admin.AddAccountAsync();
        await _admin.AddWalletAsync(account.Id, "w1");
        var permissions = new[] { "api-keys:read", "api-keys:write", "tokens:read" };
        return (account.Id, (await _admin.IssueKeyAsync(account.Id, new { permissions })).Secret);
    }
}

/// <summary>Bindings on SQLite.</summary>
public sealed class SqliteBindingTests(SqliteAdmin shared) : BindingContract(shared), IClassFixture<SqliteAdmin>;

/// <summary>Bindings on PostgreSQL.</summary>
public sealed class PostgresBindingTests(PostgresAdmin shared) : BindingContract(shared), IClassFixture<PostgresAdmin>;
