namespace Gateway.Tests;

/// <summary>Another account's things do not exist: what is said of an id that is somebody else's is, letter by letter, what
/// is said of one that is nobody's (CVE-2024-1313: an id was enough).</summary>
public sealed class GuessedIdTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    private readonly TestAdmin _admin = shared.Admin;

    [Fact]
    public async Task AnothersId_IsAnsweredAsNobodys_ByEveryOperation()
    {
        var (mine, other) = ((await _admin.AddAccountAsync()).Id, (await _admin.AddAccountAsync()).Id);
        var (own, secret) = await _admin.IssueAdminKeyAsync(mine);
        var (theirs, _) = await _admin.IssueKeyAsync(other);
        (string Method, string Path, string? Body)[] calls =
        [
            ("GET", "", null),
            ("PATCH", "", "{\"name\":\"mine\"}"),
            ("POST", "/rotate", null),
            ("POST", "/disable", null),
            ("POST", "/enable", null),
            ("POST", "/revoke", "{\"confirmation\":\"CI deploy key\"}"),
            ("DELETE", "", "{\"confirmation\":\"CI deploy key\"}"),
        ];
        var nobodys = theirs[..^4] + (theirs.EndsWith("0000", StringComparison.Ordinal) ? "1111" : "0000");
        foreach (var (method, path, body) in calls)
        foreach (var root in new[] { "/v1/api-keys", $"/v1/accounts/{mine}/api-keys" })
        {
            async Task<string> AskAsync(string id)
            {
                var answer = await _admin.SendAsync(HttpMethod.Parse(method), $"{root}/{id}{path}", body, secret);
                answer.Refused(404, "KEY_NOT_FOUND");
                return answer.Text.Replace((string)answer.Body["requestId"]!, "", StringComparison.Ordinal);
            }
            Assert.Equal(await AskAsync(nobodys), await AskAsync(theirs));
        }
        (await _admin.GetAsync($"/v1/accounts/{other}/api-keys/{theirs}")).Succeeded();
        (await _admin.GetAsync($"/v1/api-keys/{own}", secret)).Succeeded();
    }

    [Fact]
    public async Task AnothersWalletOrPerson_IsAnsweredAsNobodys()
    {
        var (mine, other) = ((await _admin.AddAccountAsync()).Id, (await _admin.AddAccountAsync()).Id);
        var (_, secret) = await _admin.IssueAdminKeyAsync(mine);
        await _admin.AddWalletAsync(other, "wallet-of-another");
        var invited = await _admin.PostAsync(
            $"/v1/accounts/{other}/people",
            new { email = "a@b.example", role = "owner" }
        );
        var person = (string)invited.Succeeded(201).Data["person"]!["id"]!;
        (string Path, string Theirs, string Nobodys)[] things =
        [
            ("wallets", "wallet-of-another", "wallet-of-nobodys"),
            ("people", person, person[..^4] + (person.EndsWith("0000", StringComparison.Ordinal) ? "1111" : "0000")),
        ];
        foreach (var (path, theirs, nobodys) in things)
        foreach (var credential in new[] { secret, TestAdmin.OperatorToken })
        {
            async Task<string> AskAsync(string id)
            {
                var answer = await _admin.DeleteAsync($"/v1/accounts/{mine}/{path}/{id}", credential: credential);
                Assert.True(answer.Status is 404 or 403, answer.Text);
                return answer.Text.Replace((string)answer.Body["requestId"]!, "", StringComparison.Ordinal);
            }
            Assert.Equal(await AskAsync(nobodys), await AskAsync(theirs));
        }
        var left =
            (await _admin.GetAsync($"/v1/accounts/{other}/wallets")).Text
            + (await _admin.GetAsync($"/v1/accounts/{other}/people")).Text;
        Assert.Contains("wallet-of-another", left, StringComparison.Ordinal);
        Assert.Contains(person, left, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnothersAccount_IsAnsweredAsNobodys_HoweverItIsSpelled()
    {
        var (mine, other) = ((await _admin.AddAccountAsync()).Id, (await _admin.AddAccountAsync()).Id);
        var (_, secret) = await _admin.IssueAdminKeyAsync(mine);
        string[] accounts =
        [
            other,
            "acc_nobodys",
            mine.ToUpperInvariant(),
            mine + "%20",
            $"{mine}%2F..%2F{other}",
            mine + ".",
            $"..%2f{other}",
            "*",
            "%25",
            "null",
        ];
        foreach (var account in accounts)
        foreach (var rest in new[] { "/api-keys", "/wallets", "/people", "/eligibility" })
        {
            var answer = await _admin.GetAsync($"/v1/accounts/{account}{rest}", secret);
            Assert.True(answer.Status is 404 or 400, $"{account}{rest}: {answer.Status} {answer.Text}");
        }
        (await _admin.GetAsync($"/v1/audit?accountId={other}", secret)).Refused(404, "ACCOUNT_NOT_FOUND");
    }

    [Fact]
    public async Task IdempotencyKey_GivesNobodyAnothersAnswer()
    {
        var (mine, other) = ((await _admin.AddAccountAsync()).Id, (await _admin.AddAccountAsync()).Id);
        var (id, admin) = await _admin.IssueAdminKeyAsync(mine);
        var (_, second) = await _admin.IssueAdminKeyAsync(mine);
        var (_, foreign) = await _admin.IssueAdminKeyAsync(other);
        (string, string) once = ("Idempotency-Key", "guessed");
        var body = new { name = "made", role = "api_admin" };
        Task<ApiAnswer> PostAsync(string path, string secret) =>
            _admin.SendAsync(HttpMethod.Post, path, body, secret, once);
        var first = (await PostAsync("/v1/api-keys", admin)).Succeeded(201);
        Assert.Null((await PostAsync("/v1/api-keys", admin)).Succeeded(201).Key["key"]);
        foreach (var secret in new[] { second, foreign })
        {
            var answer = (await PostAsync("/v1/api-keys", secret)).Succeeded(201);
            Assert.NotEqual((string)first.Key["id"]!, (string)answer.Key["id"]!);
            Assert.Equal(secret == foreign ? other : mine, (string)answer.Key["accountId"]!);
        }
        // The answer is kept for who may still ask for it.
        (
            await _admin.PatchAsync(
                $"/v1/accounts/{mine}/api-keys/{id}",
                new { permissions = new[] { "api-keys:read" } }
            )
        ).Succeeded();
        (await PostAsync("/v1/api-keys", admin)).Refused(403, "INSUFFICIENT_PERMISSIONS");
    }

    // Rotation answers with a secret; the others say whose thing it was.
    [Fact]
    public async Task IdempotencyKey_GivesNobodyAnothersAnswer_WhateverTheOperation()
    {
        (string Method, string Path, string? Body)[] calls =
        [
            ("POST", "/rotate", null),
            ("PATCH", "", "{\"name\":\"another\"}"),
            ("POST", "/disable", null),
            ("POST", "/enable", null),
            ("DELETE", "", "{\"confirmation\":\"CI deploy key\"}"),
        ];
        (string, string) once = ("Idempotency-Key", "guessed");
        var accounts = new[] { await _admin.AddAccountAsync(), await _admin.AddAccountAsync() };
        List<string> admins = [];
        foreach (var account in accounts)
            admins.Add((await _admin.IssueAdminKeyAsync(account.Id)).Secret);
        foreach (var (method, path, body) in calls)
        {
            HashSet<string> told = [];
            foreach (var (account, admin) in accounts.Zip(admins))
            {
                var (id, _) = await _admin.IssueKeyAsync(account.Id);
                var answer = await _admin.SendAsync(
                    HttpMethod.Parse(method),
                    $"/v1/api-keys/{id}{path}",
                    body,
                    admin,
                    once
                );
                answer.Succeeded(path == "/rotate" ? 201 : 200);
                Assert.Equal(account.Id, (string)answer.Key["accountId"]!);
                Assert.True(told.Add((string)answer.Key["id"]!));
                Assert.Equal(path == "/rotate", answer.Key["key"] is not null);
            }
        }
    }

    [Fact]
    public async Task NamesThatLookAlike_AreRefused_OrTold()
    {
        string[] deceptive = ["a\u202Eb", "a\u200Bb", "\uFEFFab", "a\u2066b", "a\u00ADb", "a\U000E0041b"];
        var account = (await _admin.AddAccountAsync()).Id;
        foreach (var name in deceptive)
        {
            var key = await _admin.PostAsync($"/v1/accounts/{account}/api-keys", new { name, environment = "sandbox" });
            key.Refused(400, "VALIDATION_FAILED").WithErrors("name INVALID_CHARACTER");
            (await _admin.PostAsync("/v1/operators", new { name })).Refused(400, "VALIDATION_FAILED");
        }
        foreach (var name in new[] { "👩‍👩‍👧 bot", "می‌خواهم", "naïve Ключ 鍵" })
            (
                await _admin.PostAsync($"/v1/accounts/{account}/api-keys", new { name, environment = "sandbox" })
            ).Succeeded(201);
        (await _admin.PostAsync("/v1/operators", new { name = "Grace" })).Succeeded(201);
        foreach (var name in new[] { "grace", "GRACE" })
            (await _admin.PostAsync("/v1/operators", new { name })).Refused(409, "OPERATOR_EXISTS");
    }
}
