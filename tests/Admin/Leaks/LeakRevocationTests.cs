using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>Whoever holds a secret may end it, and learns nothing by trying.</summary>
public sealed class LeakRevocationTests
{
    private const string Path = "/v1/leaks/revoke";

    // Timers count whole milliseconds, and may be early by the part of one that had gone when they were set.
    private static readonly TimeSpan TimerStep = TimeSpan.FromMilliseconds(2);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Holder_RevokesTheKey_WithoutAnyOtherRight(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(provider: provider);
        var account = await admin.AddAccountAsync();
        var (id, secret) = await admin.IssueKeyAsync(account.Id);
        Assert.Equal(202, (await admin.PostAsync(Path, new { key = secret }, null)).Status);
        var key = await RevokedAsync(admin, $"/v1/accounts/{account.Id}/api-keys/{id}");
        Assert.Equal(id, (string)key["revokedBy"]!);
        var log = await admin.GetAsync($"/v1/audit?keyId={id}");
        var entry = log.Data["entries"]![0]!;
        Assert.Equal("key.revoke", (string)entry["action"]!);
        Assert.Equal("holder", (string)entry["actor"]!["type"]!);
        Assert.DoesNotContain(secret, log.Text + admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_IsTheSame_AndAsLate_WhateverTheKeyIs()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = await admin.AddAccountAsync();
        var (_, live) = await admin.IssueKeyAsync(account.Id);
        var (gone, revoked) = await admin.IssueKeyAsync(account.Id);
        (
            await admin.DeleteAsync(
                $"/v1/accounts/{account.Id}/api-keys/{gone}",
                new { confirmation = "CI deploy key" }
            )
        ).Succeeded();
        Assert.True(TestKeys.Format.TryGetEnvironment("sandbox", out var sandbox));
        string[] keys = [live, revoked, TestKeys.Format.Generate(sandbox!), "nonsense", OperatorTokens.Generate()];
        var answers = await Task.WhenAll(keys.Select(k => TimeAsync(admin, k)));
        Assert.Single(answers.Select(a => a.Answer.Text).Distinct(StringComparer.Ordinal));
        Assert.All(answers, a => Assert.Equal(202, a.Answer.Status));
        Assert.All(answers, a => Assert.True(a.Took >= RevokeHeldKey.AnswerAfter - TimerStep, $"{a.Took}"));
        var headers = answers.Select(a => string.Join(' ', a.Answer.Headers.Select(h => h.Key).Order()));
        Assert.Single(headers.Distinct(StringComparer.Ordinal));
        Assert.Contains(
            gone,
            (await admin.GetAsync($"/v1/accounts/{account.Id}/api-keys")).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Tries_AreLimited_ForEachClient_AndBodiesAreSmall()
    {
        await using var admin = await TestAdmin.StartAsync(
            new() { ["Leaks:RevocationsPerMinute"] = "3", ["Admin:TrustedProxies:0"] = "127.0.0.1" }
        );
        Task<ApiAnswer> TryAsync(string client, object body) =>
            admin.SendAsync(HttpMethod.Post, Path, body, null, ("X-Forwarded-For", client));
        (await TryAsync("192.0.2.1", "{}")).Refused(400, "VALIDATION_FAILED").WithErrors("key REQUIRED");
        (await TryAsync("192.0.2.1", """{"key":7}""")).Refused(400, "VALIDATION_FAILED").WithErrors("key WRONG_TYPE");
        (await TryAsync("192.0.2.1", new { key = new string('k', 2000) })).Refused(413, "PAYLOAD_TOO_LARGE");
        var refused = (await TryAsync("192.0.2.1", "{}")).Refused(429, "TOO_MANY_REVOCATIONS");
        Assert.NotNull(refused.Headers.RetryAfter);
        (await TryAsync("192.0.2.2", "{}")).Refused(400, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task RevocationsAtOnce_MakeOneChange()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = await admin.AddAccountAsync();
        var (id, secret) = await admin.IssueKeyAsync(account.Id);
        var all = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => admin.PostAsync(Path, new { key = secret }, null))
        );
        Assert.All(all, a => Assert.Equal(202, a.Status));
        await RevokedAsync(admin, $"/v1/accounts/{account.Id}/api-keys/{id}");
        // A stop waits for those that are still under way.
        await admin.StopAsync();
        const string Sql = "select count(*) from changes where kind = 'key.revoked' and key_id = @id";
        Assert.Equal(1, await admin.Store.Database.ReadAsync(s => s.ValueAsync<long>(Sql, new { id })));
    }

    [Fact]
    public async Task WrongSettings_AreListedAtOnce()
    {
        var problems = await Assert.ThrowsAsync<Keys.SettingsException>(() =>
            TestAdmin.StartAsync(
                new()
                {
                    ["Leaks:Action"] = "warn",
                    ["Leaks:RevocationsPerMinute"] = "0",
                    ["Leaks:ReporterKeys:0:Id"] = "a b",
                    ["Leaks:ReporterKeys:0:PublicKey"] = "bm90IGEga2V5",
                    ["Leaks:ReporterKeys:0:Reporter"] = "Git Hub",
                }
            )
        );
        Assert.Equal(5, problems.Problems.Count);
        Assert.All(problems.Problems, p => Assert.StartsWith("Leaks:", p, StringComparison.Ordinal));
    }

    // It is taken when it is answered, and done soon after.
    private static async Task<JsonNode> RevokedAsync(TestAdmin admin, string path)
    {
        JsonNode key = null!;
        await Eventually.TrueAsync(async () =>
            (string)(key = (await admin.GetAsync(path)).Succeeded().Key)["status"]! == "revoked"
        );
        return key;
    }

    private static async Task<(ApiAnswer Answer, TimeSpan Took)> TimeAsync(TestAdmin admin, string key)
    {
        var begun = Stopwatch.GetTimestamp();
        var answer = await admin.PostAsync(Path, new { key }, null);
        return (answer, Stopwatch.GetElapsedTime(begun));
    }
}
