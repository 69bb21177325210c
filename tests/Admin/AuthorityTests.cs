namespace Gateway.Tests;

/// <summary>Nobody grants, changes or takes over more than they hold, and no key changes itself.</summary>
public abstract class AuthorityContract(SharedAdmin shared)
{
    private readonly TestAdmin _admin = shared.Admin;

    // A key that may manage keys, but otherwise only read tokens.
    private static readonly string[] Manager = ["api-keys:read", "api-keys:write", "tokens:read"];

    [Theory]
    [InlineData("""{"role":"api_admin"}""", "permissions EXCEEDS_ACTOR")]
    [InlineData("""{"permissions":["tokens:*"]}""", "permissions EXCEEDS_ACTOR")]
    [InlineData("""{"permissions":["tokens:read"],"environment":"production"}""", "environment EXCEEDS_ACTOR")]
    public async Task Key_CannotGrant_WhatItDoesNotHold(string body, string error)
    {
        var (_, secret) = await ManagerAsync(new { permissions = Manager });
        var fields = System.Text.Json.Nodes.JsonNode.Parse(body)!.AsObject();
        fields["name"] = "x";
        var answer = await _admin.PostAsync("/v1/api-keys", fields, secret);
        answer.Refused(403, "INSUFFICIENT_PERMISSIONS").WithErrors(error);
    }

    [Fact]
    public async Task Key_MayGrantWhatItHolds_InItsOwnEnvironment()
    {
        var (_, secret) = await ManagerAsync(new { permissions = Manager, environment = "production" });
        var answer = await _admin.PostAsync(
            "/v1/api-keys",
            new { name = "x", permissions = new[] { "tokens:read" } },
            secret
        );
        Assert.Equal("production", (string)answer.Succeeded(201).Key["environment"]!);
    }

    [Fact]
    public async Task Limits_OfWhatAKeyMakes_AreWithinItsOwn()
    {
        var (_, secret) = await ManagerAsync(
            new
            {
                permissions = Manager,
                allowedIps = new[] { "127.0.0.0/8", "10.0.0.0/8" },
                expiresAt = "2036-01-01T00:00:00Z",
                rateLimit = new { requests = 10, windowSeconds = 60 },
            }
        );
        (await _admin.PostAsync("/v1/api-keys", new { name = "x" }, secret))
            .Refused(403, "INSUFFICIENT_PERMISSIONS")
            .WithErrors("allowedIps EXCEEDS_ACTOR", "expiresAt EXCEEDS_ACTOR", "rateLimit EXCEEDS_ACTOR");
        var wider = new
        {
            name = "x",
            allowedIps = new[] { "10.1.2.3", "11.0.0.1" },
            expiresAt = "2036-01-01T00:00:00.001Z",
            rateLimit = new { requests = 6, windowSeconds = 30 },
        };
        (await _admin.PostAsync("/v1/api-keys", wider, secret))
            .Refused(403, "INSUFFICIENT_PERMISSIONS")
            .WithErrors("allowedIps EXCEEDS_ACTOR", "expiresAt EXCEEDS_ACTOR", "rateLimit EXCEEDS_ACTOR");
        var within = new
        {
            name = "x",
            allowedIps = new[] { "10.1.0.0/16" },
            expiresAt = "2036-01-01T00:00:00Z",
            rateLimit = new { requests = 5, windowSeconds = 30 },
        };
        (await _admin.PostAsync("/v1/api-keys", within, secret)).Succeeded(201);
    }

    [Fact]
    public async Task Wallets_OfWhatAKeyMakes_AreWithinItsOwn()
    {
        var account = await _admin.AddAccountAsync();
        foreach (var wallet in new[] { "w1", "w2", "w3" })
            await _admin.AddWalletAsync(account.Id, wallet);
        var (_, secret) = await _admin.IssueKeyAsync(
            account.Id,
            new
            {
                permissions = Manager,
                walletScope = "selected",
                walletBindings = new object[]
                {
                    new { walletId = "w1" },
                    new { walletId = "w2", permissions = new[] { "api-keys:read", "api-keys:write" } },
                },
            }
        );

        (await MakeAsync(secret, "{}")).WithErrors("walletBindings EXCEEDS_ACTOR");
        (await MakeAsync(secret, """{"walletScope":"selected","walletBindings":[{"walletId":"w3"}]}""")).WithErrors(
            "walletBindings EXCEEDS_ACTOR"
        );
        const string Narrowed =
            """{"walletScope":"selected","walletBindings":[{"walletId":"w2"}],"permissions":["tokens:read"]}""";
        (await MakeAsync(secret, Narrowed)).WithErrors("walletBindings EXCEEDS_ACTOR");
        const string Signing =
            """{"walletScope":"selected","walletBindings":[{"walletId":"w1"}],"signingWalletId":"w3"}""";
        (await MakeAsync(secret, Signing)).WithErrors("signingWalletId EXCEEDS_ACTOR");
        const string Within = """
            {"walletScope":"selected","permissions":["api-keys:read"],"signingWalletId":"w1",
             "walletBindings":[{"walletId":"w1"},{"walletId":"w2","permissions":["api-keys:read"]}]}
            """;
        (await MakeAsync(secret, Within, 201)).Succeeded(201);
    }

    [Fact]
    public async Task Target_OfAnyChange_IsWithinTheActorsOwn()
    {
        var account = await _admin.AddAccountAsync();
        var (_, manager) = await _admin.IssueKeyAsync(account.Id, new { permissions = Manager });
        var (boss, _) = await _admin.IssueAdminKeyAsync(account.Id);
        var path = $"/v1/api-keys/{boss}";
        foreach (
            var answer in new[]
            {
                await _admin.PostAsync(path + "/rotate", null, manager),
                await _admin.PatchAsync(path, new { name = "x" }, manager),
                await _admin.PostAsync(path + "/disable", null, manager),
                await _admin.PostAsync(path + "/enable", null, manager),
                await _admin.DeleteAsync(path, new { confirmation = "admin" }, manager),
            }
        )
            answer.Refused(403, "INSUFFICIENT_PERMISSIONS").WithErrors("permissions EXCEEDS_ACTOR");
    }

    [Fact]
    public async Task Update_CannotWiden_BeyondTheActorsOwn()
    {
        var account = await _admin.AddAccountAsync();
        var own = new
        {
            permissions = Manager,
            allowedIps = new[] { "127.0.0.1" },
            expiresAt = "2036-01-01T00:00:00Z",
        };
        var (_, manager) = await _admin.IssueKeyAsync(account.Id, own);
        var (id, _) = await _admin.IssueKeyAsync(account.Id, new { permissions = new[] { "tokens:read" } });
        var path = $"/v1/api-keys/{id}";
        (await _admin.PatchAsync(path, new { permissions = new[] { "tokens:write" } }, manager))
            .Refused(403, "INSUFFICIENT_PERMISSIONS")
            .WithErrors("permissions EXCEEDS_ACTOR");
        (await _admin.PatchAsync(path, """{"expiresAt":"2037-01-01T00:00:00Z","allowedIps":["10.0.0.1"]}""", manager))
            .Refused(403, "INSUFFICIENT_PERMISSIONS")
            .WithErrors("expiresAt EXCEEDS_ACTOR", "allowedIps EXCEEDS_ACTOR");
        // The limits it leaves alone are not of its making; and it may narrow.
        (await _admin.PatchAsync(path, new { name = "x" }, manager)).Succeeded();
        (await _admin.PatchAsync(path, new { allowedIps = new[] { "127.0.0.1" } }, manager)).Succeeded();
    }

    [Fact]
    public async Task Rotation_HandsOutASecret_SoLimitsMustBeWithinTheActorsOwn()
    {
        var account = await _admin.AddAccountAsync();
        var own = new { permissions = Manager, allowedIps = new[] { "127.0.0.1" } };
        var (_, manager) = await _admin.IssueKeyAsync(account.Id, own);
        var (free, _) = await _admin.IssueKeyAsync(account.Id, new { permissions = new[] { "tokens:read" } });
        var (narrow, _) = await _admin.IssueKeyAsync(account.Id, own);
        (await _admin.PostAsync($"/v1/api-keys/{free}/rotate", null, manager))
            .Refused(403, "INSUFFICIENT_PERMISSIONS")
            .WithErrors("allowedIps EXCEEDS_ACTOR");
        (await _admin.PostAsync($"/v1/api-keys/{narrow}/rotate", null, manager)).Succeeded(201);
    }

    [Fact]
    public async Task DeveloperWhoMayManageKeys_MayGrantDeveloper_ButNotMore()
    {
        var settings = new Dictionary<string, string?>();
        string[] developer = ["*:read", "*:write", "!custody:write"];
        for (var i = 0; i < developer.Length; i++)
            settings[$"Roles:developer:{i}"] = developer[i];
        settings["Roles:admin:0"] = "*";
        await using var admin = await TestAdmin.StartAsync(settings, provider: shared.Provider);
        var account = await admin.AddAccountAsync();
        var (_, secret) = await admin.IssueKeyAsync(account.Id, new { role = "developer" });
        (await admin.PostAsync("/v1/api-keys", new { name = "x", role = "developer" }, secret)).Succeeded(201);
        (await admin.PostAsync("/v1/api-keys", new { name = "x", role = "admin" }, secret)).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
        (await admin.PostAsync("/v1/api-keys", new { name = "x", permissions = new[] { "*:write" } }, secret)).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
    }

    [Fact]
    public async Task Key_CannotChangeItself_ItsKin_OrWhereItComesFrom()
    {
        var account = await _admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (root, rootSecret) = await _admin.IssueAdminKeyAsync(account.Id);
        var child = await MakeAdminAsync(rootSecret);
        var (childId, childSecret) = ((string)child.Key["id"]!, (string)child.Key["key"]!);
        var grandchild = await MakeAdminAsync(childSecret);
        var (grandchildId, grandchildSecret) = ((string)grandchild.Key["id"]!, (string)grandchild.Key["key"]!);
        var kin = (string)(await _admin.PostAsync($"{keys}/{childId}/rotate")).Succeeded(201).Key["id"]!;

        foreach (var id in new[] { childId, kin, root })
            await CheckRefusedAsync(childSecret, id);
        // Nor may the grandchild reach its grandmother, nor the successor of its mother.
        foreach (var id in new[] { grandchildId, kin, root })
            await CheckRefusedAsync(grandchildSecret, id);
        // Downwards it may.
        (await _admin.PostAsync($"/v1/api-keys/{grandchildId}/disable", null, childSecret)).Succeeded();
        (await _admin.PostAsync($"/v1/api-keys/{kin}/disable", null, rootSecret)).Succeeded();
    }

    [Fact]
    public async Task RevokingDescendants_RevokesNothing_WhenOneIsBeyondTheActor()
    {
        var account = await _admin.AddAccountAsync();
        var (_, rootSecret) = await _admin.IssueAdminKeyAsync(account.Id);
        var (other, _) = await _admin.IssueKeyAsync(account.Id, new { permissions = new[] { "tokens:read" } });
        var manager = await _admin.PostAsync("/v1/api-keys", new { name = "m", permissions = Manager }, rootSecret);
        var boss = await MakeAdminAsync(rootSecret);
        await using (var session = await _admin.Store.Database.OpenAsync())
            await session.ExecuteAsync(
                "update api_keys set created_by = @other where id = @id",
                new { other, id = (string)boss.Key["id"]! }
            );
        var secret = (string)manager.Key["key"]!;
        var confirmation = new { confirmation = "CI deploy key" };
        (await _admin.DeleteAsync($"/v1/api-keys/{other}?descendants=true", confirmation, secret)).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
        var status = await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys/{other}");
        Assert.Equal("active", (string)status.Key["status"]!);
    }

    private async Task CheckRefusedAsync(string secret, string id)
    {
        var path = $"/v1/api-keys/{id}";
        (await _admin.PatchAsync(path, """{"expiresAt":null}""", secret)).Refused(400, "SELF_MODIFICATION");
        (await _admin.PostAsync(path + "/rotate", null, secret)).Refused(400, "SELF_MODIFICATION");
        (await _admin.PostAsync(path + "/disable", null, secret)).Refused(400, "SELF_MODIFICATION");
        (await _admin.PostAsync(path + "/enable", null, secret)).Refused(400, "SELF_MODIFICATION");
        (await _admin.DeleteAsync(path, new { confirmation = "admin" }, secret)).Refused(400, "SELF_MODIFICATION");
        (await _admin.PostAsync(path + "/revoke", new { confirmation = "admin" }, secret)).Refused(
            400,
            "SELF_MODIFICATION"
        );
    }

    private async Task<ApiAnswer> MakeAdminAsync(string secret) =>
        (await _admin.PostAsync("/v1/api-keys", new { name = "admin", role = "api_admin" }, secret)).Succeeded(201);

    private async Task<(string Id, string Secret)> ManagerAsync(object body) =>
        await _admin.IssueKeyAsync((await _admin.AddAccountAsync()).Id, body);

    private async Task<ApiAnswer> MakeAsync(string secret, string body, int status = 403)
    {
        var fields = System.Text.Json.Nodes.JsonNode.Parse(body)!.AsObject();
        fields["name"] = "x";
        var answer = await _admin.PostAsync("/v1/api-keys", fields, secret);
        return status == 403 ? answer.Refused(403, "INSUFFICIENT_PERMISSIONS") : answer;
    }
}

/// <summary>Authority on SQLite.</summary>
public sealed class SqliteAuthorityTests(SqliteAdmin shared) : AuthorityContract(shared), IClassFixture<SqliteAdmin>;

/// <summary>Authority on PostgreSQL.</summary>
public sealed class PostgresAuthorityTests(PostgresAdmin shared)
    : AuthorityContract(shared),
        IClassFixture<PostgresAdmin>;
