using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Nobody comes to hold more than they were given, in none of the ways that worked elsewhere: each attempt is
/// refused for what it is, and leaves every key as it was.</summary>
public sealed class EscalationTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        // With permissions by default, so that saying nothing would be worth something.
        _admin = await TestAdmin.StartAsync(new() { ["Keys:DefaultPermissions:0"] = "orders:write" });
        _account = (await _admin.AddAccountAsync(a => a with { MaxActiveKeys = 1000 })).Id;
        foreach (var wallet in new[] { "w1", "w2" })
            await _admin.AddWalletAsync(_account, wallet);
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task EveryAttempt_IsRefused_AndChangesNothing()
    {
        var (tried, wrong) = (0, new List<string>());
        var actors = new Dictionary<string, (string Id, string Secret)>(StringComparer.Ordinal);
        foreach (var attempt in EscalationAttempts.All)
        {
            tried++;
            if (!actors.TryGetValue(attempt.Actor, out var actor))
                actors[attempt.Actor] = actor = await IssueAsync("actor", attempt.Actor);
            var target = attempt.Target is EscalationAttempt.Itself ? actor.Id : await TargetAsync(attempt);
            var before = await StateAsync();
            var answer = await SendAsync(attempt, target, actor.Secret);
            if ($"{answer.Status} {answer.Code}" != attempt.Refusal)
                wrong.Add($"{attempt.Name}: {answer.Status} {answer.Code} instead of {attempt.Refusal}: {answer.Text}");
            if (await StateAsync() != before)
                wrong.Add($"{attempt.Name}: something was changed");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        AttackReport.Add("escalation", "cases", tried);
        AttackReport.Add("escalation", "refused", tried);
        AttackReport.Add("escalation", "escalations", 0);
    }

    [Fact]
    public async Task SayingNothing_GivesNoDefaultPermissions_ToWhoDoesNotHoldThem()
    {
        var (_, writer) = await IssueAsync("writer", """{"permissions":["api-keys:write"]}""");
        var answer = await _admin.PostAsync("/v1/api-keys", new { name = "x" }, writer);
        answer.Refused(403, "INSUFFICIENT_PERMISSIONS").WithErrors("permissions EXCEEDS_ACTOR");
    }

    [Fact]
    public async Task WhatTheActorsHold_TheyMayGive()
    {
        // Or else everything above would be refused for nothing.
        var (_, manager) = await IssueAsync(
            "m",
            """{"permissions":["api-keys:write","api-keys:read","tokens:read"]}"""
        );
        var made = await _admin.PostAsync(
            "/v1/api-keys",
            new { name = "x", permissions = new[] { "tokens:read" } },
            manager
        );
        var path = $"/v1/api-keys/{(string)made.Succeeded(201).Key["id"]!}";
        (await _admin.PatchAsync(path, new { description = "x" }, manager)).Succeeded();
        (await _admin.PostAsync(path + "/disable", null, manager)).Succeeded();
        (await _admin.PostAsync(path + "/enable", null, manager)).Succeeded();
        (await _admin.PostAsync(path + "/rotate", null, manager)).Succeeded(201);
        (await _admin.DeleteAsync(path, new { confirmation = "x" }, manager)).Succeeded();
    }

    [Fact]
    public async Task KeyThatWasRotated_GivesNothingThatOutlivesIt()
    {
        var (id, old) = await IssueAsync("old", """{"role":"api_admin"}""");
        var (target, _) = await IssueAsync("target", """{"permissions":["tokens:read"]}""");
        var rotated = await _admin.PostAsync(
            $"/v1/accounts/{_account}/api-keys/{id}/rotate",
            new { gracePeriodHours = 1 }
        );
        var end = (DateTimeOffset)rotated.Succeeded(201).Data["previousKey"]!["rotationDeadline"]!;
        Task<ApiAnswer> MakeAsync(DateTimeOffset? expiresAt) =>
            _admin.PostAsync(
                "/v1/api-keys",
                new
                {
                    name = "made",
                    permissions = new[] { "tokens:read" },
                    expiresAt,
                },
                old
            );
        Task<ApiAnswer> ChangeAsync(DateTimeOffset? expiresAt) =>
            _admin.PatchAsync($"/v1/api-keys/{target}", new { expiresAt }, old);
        (await MakeAsync(null)).Refused(403, "INSUFFICIENT_PERMISSIONS").WithErrors("expiresAt EXCEEDS_ACTOR");
        (await MakeAsync(end.AddMilliseconds(1))).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await ChangeAsync(end.AddDays(1))).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await _admin.PostAsync($"/v1/api-keys/{target}/rotate", null, old)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await MakeAsync(end)).Succeeded(201);
        (await ChangeAsync(end)).Succeeded();
        AttackReport.Add("escalation", "cases", 4);
        AttackReport.Add("escalation", "refused", 4);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    public async Task OtherMediaTypes_AreNotRead_AsIfTheyWereJson(string type)
    {
        var (_, admin) = await IssueAsync("admin", """{"role":"api_admin"}""");
        var before = await StateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/api-keys");
        request.Headers.Authorization = new("Bearer", admin);
        request.Content = new StringContent("""{"name":"x","role":"api_admin"}""");
        request.Content.Headers.Remove("Content-Type");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await _admin.Client.SendAsync(request);
        Assert.Equal(415, (int)response.StatusCode);
        Assert.Equal(before, await StateAsync());
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override", "DELETE")]
    [InlineData("X-HTTP-Method", "DELETE")]
    [InlineData("X-Method-Override", "DELETE")]
    [InlineData("X-Original-URL", "/v1/operators")]
    [InlineData("X-Rewrite-URL", "/v1/operators")]
    public async Task Header_MakesNoOtherRequestOfIt(string name, string value)
    {
        var (id, reader) = await IssueAsync("reader", """{"role":"api_readonly"}""");
        var answer = await _admin.SendAsync(HttpMethod.Get, $"/v1/api-keys/{id}", null, reader, (name, value));
        Assert.Equal(id, (string)answer.Succeeded().Key["id"]!);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task AuditLog_IsOnlyRead(string method)
    {
        var before = await StateAsync();
        foreach (var path in new[] { "/v1/audit", "/v1/audit/aud_1" })
        {
            var answer = await _admin.SendAsync(HttpMethod.Parse(method), path, "{}");
            Assert.True(answer.Status is 404 or 405, $"{method} {path}: {answer.Status}");
        }
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task AuditEntry_SaysWhoItWas_WhateverTheyCallThemselves()
    {
        var (id, secret) = await IssueAsync("configured operator", """{"role":"api_admin"}""");
        (string, string)[] claims =
        [
            ("X-Forwarded-For", "192.0.2.9"),
            ("X-Gateway-Request-Id", "forged"),
            ("Forwarded", "for=192.0.2.9"),
        ];
        var body = new { name = "made", role = "api_admin" };
        var made = await _admin.SendAsync(HttpMethod.Post, "/v1/api-keys", body, secret, claims);
        var entry = (await _admin.GetAsync($"/v1/audit?keyId={(string)made.Succeeded(201).Key["id"]!}")).Data[
            "entries"
        ]![0]!;
        Assert.Equal(("key", id), ((string)entry["actor"]!["type"]!, (string)entry["actor"]!["id"]!));
        Assert.Equal("127.0.0.1", (string)entry["ip"]!);
        Assert.NotEqual("forged", (string)entry["requestId"]!);
    }

    private async Task<string> TargetAsync(EscalationAttempt attempt)
    {
        if (attempt.Target is not { } body)
            return "none";
        var (id, _) = await IssueAsync("target", body);
        if (attempt.IsDisabled)
            (await _admin.PostAsync($"/v1/accounts/{_account}/api-keys/{id}/disable")).Succeeded();
        return id;
    }

    private async Task<ApiAnswer> SendAsync(EscalationAttempt attempt, string target, string secret)
    {
        var call = attempt.Call.Split(' ', 2);
        var body = attempt.Body;
        // What is created needs a name.
        if (call[0] == "POST" && call[1].Length == 0)
            body = body!.Insert(1, body.Length > 2 ? "\"name\":\"made\"," : "\"name\":\"made\"");
        var path = "/v1/api-keys" + call[1].Replace("{id}", target, StringComparison.Ordinal);
        return await _admin.SendAsync(HttpMethod.Parse(call[0]), path, body, secret);
    }

    private async Task<(string Id, string Secret)> IssueAsync(string name, string body)
    {
        var fields = JsonNode.Parse(body)!.AsObject();
        fields["name"] = name;
        return await _admin.IssueKeyAsync(_account, fields);
    }

    // Every key, and how much was written.
    private Task<string> StateAsync() =>
        _admin.Store.Database.ReadAsync(async s =>
        {
            var keys = await s.QueryAsync<string>(
                """
                select id || ' ' || version || ' ' || coalesce(permissions, '-') || ' ' || coalesce(role, '-') ||
                  wallet_bindings || coalesce(allowed_ips, '-') from api_keys order by id
                """
            );
            var entries = await s.ValueAsync<long>("select count(*) from audit_entries");
            return $"{entries} {await s.ValueAsync<long>("select head from change_counter")} {string.Join('\n', keys)}";
        });
}
