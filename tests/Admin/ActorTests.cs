using Gateway.Admin;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Who may call the admin API, and how others are told no.</summary>
public sealed class ActorTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    private readonly TestAdmin _admin = shared.Admin;

    [Fact]
    public async Task NoCredential_IsChallenged_WithoutAnError()
    {
        var answer = (await _admin.GetAsync("/v1/api-keys", null)).Refused(401, "UNAUTHORIZED");
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().ToString());
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("Bearer  ")]
    [InlineData("operator-token-of-the-tests")]
    public async Task AnotherScheme_CountsAsNoCredential(string value) =>
        (await SendRawAsync(("Authorization", value))).Refused(401, "UNAUTHORIZED");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("operator-token-of-the-test")]
    [InlineData("operator-token-of-the-testS")]
    [InlineData("sk_test_00000000000000000000000000000000000000")]
    [InlineData("gwop_0000000000000000000000000000000000000000000")]
    public async Task UnknownCredential_IsInvalid(string credential)
    {
        var answer = (await _admin.GetAsync("/v1/api-keys", credential)).Refused(401, "INVALID_API_KEY");
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers.WwwAuthenticate.Single().ToString());
        Assert.DoesNotContain(credential, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WellFormedKeyNobodyIssued_IsInvalid()
    {
        Assert.True(TestKeys.Format.TryGetEnvironment("sandbox", out var environment));
        var secret = TestKeys.Format.Generate(environment!);
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "INVALID_API_KEY");
    }

    [Fact]
    public async Task TwoCredentials_AreAmbiguous()
    {
        using var raw = new HttpRequestMessage(HttpMethod.Get, "/v1/api-keys");
        raw.Headers.TryAddWithoutValidation("Authorization", ["Bearer a", "Bearer b"]);
        using var response = await _admin.Client.SendAsync(raw);
        Assert.Equal(401, (int)response.StatusCode);
        (await SendRawAsync(("Authorization", "Bearer a, Bearer b"))).Refused(401, "INVALID_API_KEY");
    }

    [Fact]
    public async Task Key_IsJudgedAfresh_EachTime()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = await admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var end = admin.Clock.GetUtcNow().AddHours(1);
        var (id, secret) = await admin.IssueKeyAsync(account.Id, new { role = "api_admin", expiresAt = end });

        (await admin.GetAsync("/v1/api-keys", secret)).Succeeded();
        (await admin.PostAsync($"{keys}/{id}/disable")).Succeeded();
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "DISABLED_API_KEY");
        (await admin.PostAsync($"{keys}/{id}/enable")).Succeeded();
        (await admin.GetAsync("/v1/api-keys", secret)).Succeeded();
        (await admin.PatchAsync($"{keys}/{id}", new { allowedIps = new[] { "192.0.2.1" } })).Succeeded();
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(403, "IP_NOT_ALLOWED");
        (await admin.PatchAsync($"{keys}/{id}", new { allowedIps = new[] { "127.0.0.1" } })).Succeeded();
        (await admin.GetAsync("/v1/api-keys", secret)).Succeeded();
        await SuspendAsync(admin, account);
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(403, "ACCOUNT_SUSPENDED");
        admin.Clock.MoveTo(end);
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "EXPIRED_API_KEY");
        (await admin.DeleteAsync($"{keys}/{id}", new { confirmation = "CI deploy key" })).Succeeded();
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
    }

    [Fact]
    public async Task Key_NeedsThePermission_ForWhatItDoes()
    {
        var account = await _admin.AddAccountAsync();
        var (_, nothing) = await _admin.IssueKeyAsync(account.Id);
        var (_, reader) = await _admin.IssueKeyAsync(account.Id, new { role = "api_readonly" });
        var (_, developer) = await _admin.IssueKeyAsync(account.Id, new { role = "api_developer" });

        var answer = (await _admin.GetAsync("/v1/api-keys", nothing)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        Assert.Equal(
            "Bearer error=\"insufficient_scope\", scope=\"api-keys:read\"",
            answer.Headers.WwwAuthenticate.Single().ToString()
        );
        (await _admin.GetAsync("/v1/api-keys", reader)).Succeeded();
        foreach (var secret in new[] { reader, developer })
            (await _admin.PostAsync("/v1/api-keys", new { name = "x" }, secret)).Refused(
                403,
                "INSUFFICIENT_PERMISSIONS"
            );
    }

    [Fact]
    public async Task Keys_CanBeSwitchedOffAsActors()
    {
        await using var admin = await TestAdmin.StartAsync(new() { ["Admin:KeyActors"] = "false" });
        var account = await admin.AddAccountAsync();
        var (_, secret) = await admin.IssueAdminKeyAsync(account.Id);
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(403, "OPERATORS_ONLY");
        (await admin.GetAsync($"/v1/accounts/{account.Id}/api-keys")).Succeeded();
    }

    [Fact]
    public async Task Key_IsHeldToItsRateLimit_AndToldWhatIsLeft()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = await admin.AddAccountAsync();
        var limit = new { requests = 2, windowSeconds = 60 };
        var (id, secret) = await admin.IssueKeyAsync(account.Id, new { role = "api_readonly", rateLimit = limit });

        // What is refused for another reason costs nothing.
        (await admin.PostAsync("/v1/api-keys", new { name = "x" }, secret)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        foreach (var left in new[] { 1, 0 })
            Assert.Equal($"\"key-admin\";r={left};t=60", Field((await ReadAsync()).Succeeded(), "RateLimit"));
        var refused = (await ReadAsync()).Refused(429, "RATE_LIMITED");
        Assert.Equal("\"key-admin\";q=2;w=60", Field(refused, "RateLimit-Policy"));
        var t = StructuredFields.ReadList(refused.Headers.GetValues("RateLimit")).Single().Parameters["t"];
        Assert.Equal(t, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);

        var rotated = (await admin.PostAsync($"/v1/accounts/{account.Id}/api-keys/{id}/rotate")).Succeeded(201);
        Assert.False(rotated.Headers.Contains("RateLimit"));
        var successor = (string)rotated.Data["apiKey"]!["key"]!;
        (await admin.GetAsync("/v1/api-keys", successor)).Refused(429, "RATE_LIMITED");

        admin.Clock.Advance(TimeSpan.FromMinutes(2));
        (await ReadAsync()).Succeeded();

        Task<ApiAnswer> ReadAsync() => admin.GetAsync("/v1/api-keys", secret);
        static string Field(ApiAnswer answer, string name) => answer.Headers.GetValues(name).Single();
    }

    [Fact]
    public async Task NamedOperator_IsKnownByItsToken_UntilItIsRemoved()
    {
        var account = await _admin.AddAccountAsync();
        var token = OperatorTokens.Generate();
        var record = new OperatorRecord("op_1", "Ada", OperatorTokens.Hash(token), TimeProvider.System.Now());
        await _admin.Store.Database.WriteAsync(s => s.InsertOperatorAsync(record));
        (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys", token)).Succeeded();
        await _admin.Store.Database.WriteAsync(s => s.DeleteOperatorAsync("op_1"));
        (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys", token)).Refused(401, "INVALID_API_KEY");
    }

    [Fact]
    public async Task WithoutAConfiguredToken_NobodyIsTheConfiguredOperator()
    {
        await using var admin = await TestAdmin.StartAsync(new() { ["Admin:OperatorToken"] = "" });
        (await admin.GetAsync("/v1/api-keys")).Refused(401, "INVALID_API_KEY");
        (await admin.SendAsync(HttpMethod.Get, "/v1/api-keys", null, null, ("Authorization", "Bearer "))).Refused(
            401,
            "UNAUTHORIZED"
        );
    }

    [Fact]
    public async Task ClientAddress_IsThePeers_UnlessTheProxyIsTrusted()
    {
        var account = await _admin.AddAccountAsync();
        var (_, secret) = await _admin.IssueKeyAsync(
            account.Id,
            new { role = "api_admin", allowedIps = new[] { "203.0.113.7" } }
        );
        (string, string) forwarded = ("X-Forwarded-For", "203.0.113.7");
        (await _admin.SendAsync(HttpMethod.Get, "/v1/api-keys", null, secret, forwarded)).Refused(
            403,
            "IP_NOT_ALLOWED"
        );

        await using var behind = await TestAdmin.StartAsync(
            new() { ["Admin:TrustedProxies:0"] = "127.0.0.0/8" },
            _admin.Store
        );
        (await behind.SendAsync(HttpMethod.Get, "/v1/api-keys", null, secret, forwarded)).Succeeded();
        (await behind.GetAsync("/v1/api-keys", secret)).Refused(403, "IP_NOT_ALLOWED");
        (string, string) malformed = ("X-Forwarded-For", "203.0.113.7, nonsense");
        (await behind.SendAsync(HttpMethod.Get, "/v1/api-keys", null, secret, malformed)).Refused(400, "BAD_REQUEST");
    }

    [Fact]
    public async Task RequestId_IsBelievedOfATrustedProxyAlone()
    {
        (string, string) id = ("X-Gateway-Request-Id", "abc-123");
        Assert.NotEqual("abc-123", RequestIdOf(await _admin.SendAsync(HttpMethod.Get, "/v1/api-keys", null, null, id)));
        await using var behind = await TestAdmin.StartAsync(
            new() { ["Admin:TrustedProxies:0"] = "127.0.0.1" },
            _admin.Store
        );
        Assert.Equal("abc-123", RequestIdOf(await behind.SendAsync(HttpMethod.Get, "/v1/api-keys", null, null, id)));
        (string, string) bad = ("X-Gateway-Request-Id", "abc 123");
        Assert.NotEqual(
            "abc 123",
            RequestIdOf(await behind.SendAsync(HttpMethod.Get, "/v1/api-keys", null, null, bad))
        );
    }

    [Fact]
    public async Task NothingAKeyDoes_CommitsAfterItsOwnRevocation_OnPostgres()
    {
        await using var admin = await TestAdmin.StartAsync(provider: "postgres");
        var account = await admin.AddAccountAsync();
        var (id, secret) = await admin.IssueAdminKeyAsync(account.Id);
        var (locked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var another = admin.Store.OpenAgain();
        var revocation = another.WriteAsync(async s =>
        {
            await s.GetAccountAsync(account.Id, forUpdate: true);
            var key = (await s.GetKeyAsync(id, forUpdate: true))!;
            await s.UpdateKeyAsync(key with { RevokedAt = TimeProvider.System.Now(), Version = key.Version + 1 });
            locked.SetResult();
            await release.Task;
        });
        await locked.Task;
        // It is let in, since the revocation has not committed, and then waits for the account's lock.
        var create = admin.PostAsync("/v1/api-keys", new { name = "late" }, secret);
        await Eventually.TrueAsync(() =>
            admin.Store.Database.ReadAsync(async s =>
                await s.ValueAsync<long>("select count(*) from pg_locks where not granted") > 0
            )
        );
        release.SetResult();
        await revocation;
        (await create).Refused(401, "REVOKED_API_KEY");
    }

    [Fact]
    public async Task PepperThatIsNotHere_IsNotAVerdict()
    {
        static string Pepper(byte fill) => Convert.ToBase64String(Enumerable.Repeat(fill, 32).ToArray());
        Dictionary<string, string?> settings = new()
        {
            ["Keys:Peppers:0:Id"] = "a",
            ["Keys:Peppers:0:Secret"] = Pepper(1),
        };
        await using var first = await TestAdmin.StartAsync(settings);
        var account = await first.AddAccountAsync();
        var (_, secret) = await first.IssueAdminKeyAsync(account.Id);
        (await first.GetAsync("/v1/api-keys", secret)).Succeeded();

        await using var second = await TestAdmin.StartAsync(store: first.Store);
        var answer = (await second.GetAsync("/v1/api-keys", secret)).Refused(503, "VERIFICATION_UNAVAILABLE");
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "NOT_FOUND")]
    [InlineData("GET", "/", 404, "NOT_FOUND")]
    [InlineData("PUT", "/v1/api-keys", 405, "METHOD_NOT_ALLOWED")]
    public async Task WhatIsNotServed_IsAProblemToo(string method, string path, int status, string code) =>
        (await _admin.SendAsync(new HttpMethod(method), path)).Refused(status, code);

    private static string RequestIdOf(ApiAnswer answer) => (string)answer.Body["requestId"]!;

    private Task<ApiAnswer> SendRawAsync((string, string) header) =>
        _admin.SendAsync(HttpMethod.Get, "/v1/api-keys", null, null, header);

    private static Task SuspendAsync(TestAdmin admin, Account account) =>
        admin.Store.Database.WriteAsync(s =>
            s.UpdateAccountAsync(account with { SuspendedAt = admin.Clock.GetUtcNow() })
        );
}
