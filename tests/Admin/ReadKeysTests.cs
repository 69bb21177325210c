namespace Gateway.Tests;

/// <summary>Keys are listed and read, without their secrets, by whom they belong to.</summary>
public abstract class ReadKeysContract(SharedAdmin shared)
{
    private readonly TestAdmin _admin = shared.Admin;

    [Fact]
    public async Task Pages_GiveEveryKeyOnce_NewestFirst()
    {
        var account = await _admin.AddAccountAsync();
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
            made.Insert(0, (await _admin.IssueKeyAsync(account.Id)).Id);

        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var query = $"?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}";
            var page = (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys{query}")).Succeeded();
            Assert.InRange(Ids(page).Count, 1, 2);
            Assert.DoesNotContain("\"key\"", page.Text, StringComparison.Ordinal);
            seen.AddRange(Ids(page));
            cursor = (string?)page.Data["nextCursor"];
        } while (cursor is not null);
        Assert.Equal(made, seen);
    }

    [Fact]
    public async Task Filters_LeaveOutTheRest()
    {
        var account = await _admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (sandbox, _) = await _admin.IssueKeyAsync(account.Id);
        var (production, secret) = await _admin.IssueKeyAsync(account.Id, new { environment = "production" });
        (await _admin.PostAsync($"{keys}/{sandbox}/disable")).Succeeded();

        Assert.Equal([production, sandbox], Ids(await _admin.GetAsync(keys)));
        Assert.Equal([sandbox], Ids(await _admin.GetAsync(keys + "?status=disabled")));
        Assert.Equal([production], Ids(await _admin.GetAsync(keys + "?status=active")));
        Assert.Equal([production], Ids(await _admin.GetAsync(keys + "?environment=production")));
        Assert.Equal([production], Ids(await _admin.GetAsync($"{keys}?prefix={secret[..11]}")));
        Assert.Empty(Ids(await _admin.GetAsync(keys + "?status=revoked")));
    }

    [Fact]
    public async Task WrongQuery_IsRefused_WithEveryProblem()
    {
        var account = await _admin.AddAccountAsync();
        var answer = await _admin.GetAsync(
            $"/v1/accounts/{account.Id}/api-keys?staus=active&status=gone&limit=101&prefix=&cursor=2"
        );
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "staus UNKNOWN_PARAMETER",
                "status INVALID",
                "limit OUT_OF_RANGE",
                "prefix INVALID",
                "cursor INVALID"
            );
        Assert.Contains("there are cursor, environment, limit, prefix, status.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AccountsOwnKey_SeesItsAccount_ByEitherPath()
    {
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueKeyAsync(account.Id, new { role = "api_readonly" });
        Assert.Equal([id], Ids(await _admin.GetAsync("/v1/api-keys", secret)));
        Assert.Equal([id], Ids(await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys", secret)));
        var read = (await _admin.GetAsync($"/v1/api-keys/{id}", secret)).Succeeded();
        Assert.Equal(id, (string)read.Key["id"]!);
        Assert.Equal("\"1\"", read.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task AnotherAccountsKey_DoesNotExist()
    {
        var (mine, theirs) = (await _admin.AddAccountAsync(), await _admin.AddAccountAsync());
        var (_, secret) = await _admin.IssueAdminKeyAsync(mine.Id);
        var (other, _) = await _admin.IssueKeyAsync(theirs.Id);

        (await _admin.GetAsync($"/v1/api-keys/{other}", secret)).Refused(404, "KEY_NOT_FOUND");
        (await _admin.GetAsync($"/v1/accounts/{mine.Id}/api-keys/{other}")).Refused(404, "KEY_NOT_FOUND");
        (await _admin.PatchAsync($"/v1/api-keys/{other}", new { name = "x" }, secret)).Refused(404, "KEY_NOT_FOUND");
        (await _admin.PostAsync($"/v1/api-keys/{other}/rotate", null, secret)).Refused(404, "KEY_NOT_FOUND");
        (await _admin.PostAsync($"/v1/api-keys/{other}/disable", null, secret)).Refused(404, "KEY_NOT_FOUND");
        (await _admin.PostAsync($"/v1/api-keys/{other}/enable", null, secret)).Refused(404, "KEY_NOT_FOUND");
        var confirmation = new { confirmation = "CI deploy key" };
        (await _admin.DeleteAsync($"/v1/api-keys/{other}", confirmation, secret)).Refused(404, "KEY_NOT_FOUND");
        var path = $"/v1/accounts/{theirs.Id}/api-keys";
        (await _admin.GetAsync(path, secret)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.GetAsync($"{path}/{other}", secret)).Refused(404, "ACCOUNT_NOT_FOUND");
    }

    [Fact]
    public async Task UnknownAccountOrKey_IsNotFound()
    {
        var account = await _admin.AddAccountAsync();
        (await _admin.GetAsync("/v1/accounts/acc_none/api-keys")).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys/key_none")).Refused(404, "KEY_NOT_FOUND");
    }

    [Fact]
    public async Task Status_FollowsTheClock_ToTheInstant()
    {
        await using var admin = await TestAdmin.StartAsync(provider: shared.Provider);
        var account = await admin.AddAccountAsync();
        var end = admin.Clock.GetUtcNow().AddHours(1);
        var (id, _) = await admin.IssueKeyAsync(account.Id, new { expiresAt = end });
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
        Assert.Equal("active", (string)(await admin.GetAsync(path)).Key["status"]!);
        admin.Clock.MoveTo(end);
        Assert.Equal("expired", (string)(await admin.GetAsync(path)).Key["status"]!);
    }

    private static List<string> Ids(ApiAnswer page) =>
        [.. page.Succeeded().Data["apiKeys"]!.AsArray().Select(k => (string)k!["id"]!)];
}

/// <summary>Listings on SQLite.</summary>
public sealed class SqliteReadKeysTests(SqliteAdmin shared) : ReadKeysContract(shared), IClassFixture<SqliteAdmin>;

/// <summary>Listings on PostgreSQL.</summary>
public sealed class PostgresReadKeysTests(PostgresAdmin shared)
    : ReadKeysContract(shared),
        IClassFixture<PostgresAdmin>;
