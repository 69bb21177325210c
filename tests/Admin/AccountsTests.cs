using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Operators make, limit and suspend accounts; nobody else does.</summary>
public sealed class AccountsTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await TestAdmin.StartAsync();

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Account_IsMade_WithWhatWasAsked_AndReadBack()
    {
        var made = await _admin.PostAsync("/v1/accounts", new { name = "Acme", maxActiveKeys = 3 });

        made.Succeeded(201);
        var account = made.Data["account"]!;
        Assert.StartsWith("acc_", (string)account["id"]!, StringComparison.Ordinal);
        Assert.Equal("Acme", (string)account["name"]!);
        Assert.False((bool)account["apiKeysEnabled"]!);
        Assert.False((bool)account["suspended"]!);
        Assert.Null(account["suspendedAt"]);
        Assert.Equal(3, (int)account["maxActiveKeys"]!);
        Assert.Equal("\"1\"", made.Headers.ETag!.Tag);
        // Nothing a gateway could hold is touched.
        Assert.Null(made.Data["propagation"]);

        var read = (await _admin.GetAsync($"/v1/accounts/{account["id"]}")).Succeeded();
        Assert.Equal(account.ToJsonString(), read.Data["account"]!.ToJsonString());
        Assert.Equal("\"1\"", read.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task EveryProblemOfAnAccount_IsListedAtOnce()
    {
        (
            await _admin.PostAsync(
                "/v1/accounts",
                """{"name":" ","apiKeysEnabled":"yes","suspended":null,"maxActiveKeys":1001,"owner":"me"}"""
            )
        )
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "name INVALID_LENGTH",
                "apiKeysEnabled WRONG_TYPE",
                "suspended REQUIRED",
                "maxActiveKeys OUT_OF_RANGE",
                "owner UNKNOWN_FIELD"
            );
    }

    [Fact]
    public async Task Accounts_AreListed_NewestFirst_PageByPage()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((await _admin.AddAccountAsync()).Id);

        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await _admin.GetAsync($"/v1/accounts?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}"));
            listed.AddRange(page.Succeeded().Data["accounts"]!.AsArray().Select(a => (string)a!["id"]!));
            cursor = (string?)page.Data["nextCursor"];
        } while (cursor is not null);

        // Of one millisecond, any order.
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), listed);
        (await _admin.GetAsync("/v1/accounts?limit=101&offset=3"))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("limit OUT_OF_RANGE", "offset UNKNOWN_PARAMETER");
    }

    [Fact]
    public async Task Suspension_StopsTheAccountsKeys_UntilItIsLifted()
    {
        var account = await _admin.AddAccountAsync();
        var (_, key) = await _admin.IssueAdminKeyAsync(account.Id);
        (await _admin.GetAsync("/v1/api-keys", key)).Succeeded();

        var suspended = await _admin.PatchAsync($"/v1/accounts/{account.Id}", new { suspended = true });
        suspended.Succeeded();
        Assert.True((bool)suspended.Data["account"]!["suspended"]!);
        Assert.NotNull(suspended.Data["account"]!["suspendedAt"]);
        Assert.True((bool)suspended.Data["propagation"]!["complete"]!);
        (await _admin.GetAsync("/v1/api-keys", key)).Refused(403, "ACCOUNT_SUSPENDED");

        var change = (long)suspended.Data["propagation"]!["change"]!;
        var again = (await _admin.PatchAsync($"/v1/accounts/{account.Id}", new { suspended = true })).Succeeded();
        Assert.Equal(suspended.Data["account"]!.ToJsonString(), again.Data["account"]!.ToJsonString());
        Assert.Equal(change, (long)again.Data["propagation"]!["change"]!);

        (await _admin.PatchAsync($"/v1/accounts/{account.Id}", new { suspended = false })).Succeeded();
        (await _admin.GetAsync("/v1/api-keys", key)).Succeeded();
        var feed = await _admin.Store.Database.ReadAsync(s => s.ReadChangesAsync(change, 10));
        Assert.Equal(["account.updated", "account.updated"], feed.Select(c => c.Kind));
        Assert.All(feed, c => Assert.Equal((account.Id, null), (c.AccountId, c.KeyId)));
    }

    [Fact]
    public async Task AccountsOwnLimit_HoldsAtOnce_AndNullGoesBackToTheConfiguredOne()
    {
        var account = await _admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        await _admin.IssueAdminKeyAsync(account.Id);

        (await _admin.PatchAsync($"/v1/accounts/{account.Id}", new { maxActiveKeys = 1 })).Succeeded();
        (await _admin.PostAsync(keys, new { name = "a", environment = "sandbox" })).Refused(409, "KEY_LIMIT_REACHED");

        var cleared = await _admin.PatchAsync($"/v1/accounts/{account.Id}", """{"maxActiveKeys":null}""");
        Assert.Null(cleared.Succeeded().Data["account"]!["maxActiveKeys"]);
        (await _admin.PostAsync(keys, new { name = "a", environment = "sandbox" })).Succeeded(201);
    }

    [Fact]
    public async Task StaleETag_ChangesNothing()
    {
        var account = await _admin.AddAccountAsync();
        var path = $"/v1/accounts/{account.Id}";
        (await _admin.PatchAsync(path, new { name = "New" })).Succeeded();

        (
            await _admin.SendAsync(HttpMethod.Patch, path, new { name = "Newer" }, headers: ("If-Match", "\"1\""))
        ).Refused(412, "PRECONDITION_FAILED");
        var read = await _admin.GetAsync(path);
        Assert.Equal("New", (string)read.Data["account"]!["name"]!);
        var fresh = ("If-Match", read.Headers.ETag!.Tag);
        (await _admin.SendAsync(HttpMethod.Patch, path, new { name = "Newer" }, headers: fresh)).Succeeded();
    }

    [Fact]
    public async Task OnlyOperators_SeeAndChangeAccounts()
    {
        var account = await _admin.AddAccountAsync();
        var other = await _admin.AddAccountAsync();
        var (_, key) = await _admin.IssueAdminKeyAsync(account.Id);

        (await _admin.GetAsync("/v1/accounts", key)).Refused(403, "OPERATORS_ONLY");
        (await _admin.PostAsync("/v1/accounts", new { name = "x" }, key)).Refused(403, "OPERATORS_ONLY");
        (await _admin.GetAsync($"/v1/accounts/{account.Id}", key)).Refused(403, "OPERATORS_ONLY");
        (await _admin.PatchAsync($"/v1/accounts/{account.Id}", new { maxActiveKeys = 99 }, key)).Refused(
            403,
            "OPERATORS_ONLY"
        );
        (await _admin.GetAsync($"/v1/accounts/{other.Id}", key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.GetAsync($"/v1/accounts/{other.Id}/eligibility", key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.GetAsync("/v1/accounts", null)).Refused(401, "UNAUTHORIZED");
        (await _admin.GetAsync("/v1/accounts/acc_none")).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.PatchAsync("/v1/accounts/acc_none", new { name = "x" })).Refused(404, "ACCOUNT_NOT_FOUND");
    }
}
