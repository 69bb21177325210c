using System.Text.Json.Nodes;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A POST that is repeated under its Idempotency-Key happens once, and its secret is not shown again.</summary>
public sealed class IdempotencyTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    private readonly TestAdmin _admin = shared.Admin;

    private static readonly object Body = new { name = "bot", environment = "sandbox" };

    private static (string, string) Key(string value) => ("Idempotency-Key", value);

    [Fact]
    public async Task Repetition_AnswersTheSame_WithoutTheSecret()
    {
        var keys = $"/v1/accounts/{(await _admin.AddAccountAsync()).Id}/api-keys";
        var first = (await PostAsync(keys, Body, "a")).Succeeded(201);
        var second = (await PostAsync(keys, Body, "a")).Succeeded(201);

        Assert.NotNull(first.Key["key"]);
        first.Key.AsObject().Remove("key");
        Assert.True(JsonNode.DeepEquals(first.Body, second.Body), second.Text);
        Assert.NotNull(first.Headers.ETag);
        Assert.Equal(first.Headers.ETag, second.Headers.ETag);
        Assert.Single((await _admin.GetAsync(keys)).Data["apiKeys"]!.AsArray());
    }

    [Fact]
    public async Task Rotation_IsRepeatedToo()
    {
        var account = await _admin.AddAccountAsync();
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        var path = $"/v1/accounts/{account.Id}/api-keys/{id}/rotate";
        var first = (await PostAsync(path, new { gracePeriodHours = 1 }, "a")).Succeeded(201);
        var second = (await PostAsync(path, new { gracePeriodHours = 1 }, "a")).Succeeded(201);
        Assert.Equal((string)first.Key["id"]!, (string)second.Key["id"]!);
        Assert.Null(second.Key["key"]);
        Assert.True(JsonNode.DeepEquals(first.Data["previousKey"], second.Data["previousKey"]));
    }

    [Fact]
    public async Task AnotherBody_UnderTheSameKey_IsRefused()
    {
        var keys = $"/v1/accounts/{(await _admin.AddAccountAsync()).Id}/api-keys";
        (await PostAsync(keys, Body, "a")).Succeeded(201);
        (await PostAsync(keys, new { name = "other", environment = "sandbox" }, "a")).Refused(
            422,
            "IDEMPOTENCY_KEY_REUSED"
        );
        Assert.Single((await _admin.GetAsync(keys)).Data["apiKeys"]!.AsArray());
    }

    [Fact]
    public async Task Key_BelongsToItsActorAndRoute()
    {
        var account = await _admin.AddAccountAsync();
        var (_, secret) = await _admin.IssueAdminKeyAsync(account.Id);
        var other = await _admin.AddAccountAsync();
        (await PostAsync($"/v1/accounts/{account.Id}/api-keys", Body, "a")).Succeeded(201);
        (await PostAsync($"/v1/accounts/{other.Id}/api-keys", Body, "a")).Succeeded(201);
        (await PostAsync($"/v1/accounts/{account.Id}/api-keys", Body, "a", secret)).Succeeded(201);
        Assert.Equal(
            3,
            (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys")).Data["apiKeys"]!.AsArray().Count
        );
    }

    [Fact]
    public async Task Refusal_IsNotKept()
    {
        var account = await _admin.AddAccountAsync(a => a with { MaxActiveKeys = 1 });
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        (await PostAsync(keys, Body, "a")).Refused(409, "KEY_LIMIT_REACHED");
        (await _admin.DeleteAsync($"{keys}/{id}", new { confirmation = "CI deploy key" })).Succeeded();
        (await PostAsync(keys, Body, "a")).Succeeded(201);
    }

    [Fact]
    public async Task AfterADay_TheKeyIsFree()
    {
        await using var admin = await TestAdmin.StartAsync();
        var keys = $"/v1/accounts/{(await admin.AddAccountAsync()).Id}/api-keys";
        Task<ApiAnswer> PostOnceMoreAsync() =>
            admin.SendAsync(HttpMethod.Post, keys, Body, TestAdmin.OperatorToken, Key("a"));
        (await PostOnceMoreAsync()).Succeeded(201);
        admin.Clock.Advance(TimeSpan.FromHours(23.9));
        Assert.Null((await PostOnceMoreAsync()).Succeeded(201).Key["key"]);
        admin.Clock.Advance(TimeSpan.FromHours(0.2));
        Assert.NotNull((await PostOnceMoreAsync()).Succeeded(201).Key["key"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public async Task UnusableKey_IsRefused(string value)
    {
        var keys = $"/v1/accounts/{(await _admin.AddAccountAsync()).Id}/api-keys";
        (await PostAsync(keys, Body, value)).Refused(400, "VALIDATION_FAILED").WithErrors("Idempotency-Key INVALID");
        (await PostAsync(keys, Body, new string('k', 256))).Refused(400, "VALIDATION_FAILED");
    }

    [Fact]
    public async Task Repetition_WhileTheFirstIsInFlight_IsAConflict_OnPostgres()
    {
        await using var admin = await TestAdmin.StartAsync(provider: "postgres");
        var account = await admin.AddAccountAsync();
        var keys = $"/v1/accounts/{account.Id}/api-keys";
        var (locked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var another = admin.Store.OpenAgain();
        var holder = another.WriteAsync(async s =>
        {
            await s.GetAccountAsync(account.Id, forUpdate: true);
            locked.SetResult();
            await release.Task;
        });
        await locked.Task;

        var first = admin.SendAsync(HttpMethod.Post, keys, Body, TestAdmin.OperatorToken, Key("a"));
        await Eventually.TrueAsync(async () =>
            await admin.Store.Database.ReadAsync(s => s.ValueAsync<long>("select count(*) from idempotency")) == 1
        );
        var second = await admin.SendAsync(HttpMethod.Post, keys, Body, TestAdmin.OperatorToken, Key("a"));
        second.Refused(409, "IDEMPOTENCY_IN_FLIGHT");
        release.SetResult();
        await holder;
        Assert.NotNull((await first).Succeeded(201).Key["key"]);
    }

    [Fact]
    public async Task RequestThatDiedInFlight_MayBeRepeatedLater()
    {
        await using var admin = await TestAdmin.StartAsync();
        var keys = $"/v1/accounts/{(await admin.AddAccountAsync()).Id}/api-keys";
        Task<ApiAnswer> PostOnceMoreAsync() =>
            admin.SendAsync(HttpMethod.Post, keys, Body, TestAdmin.OperatorToken, Key("a"));
        (await PostOnceMoreAsync()).Succeeded(201);
        await admin.Store.Database.WriteAsync(s => s.ExecuteAsync("update idempotency set status = null, body = null"));
        (await PostOnceMoreAsync()).Refused(409, "IDEMPOTENCY_IN_FLIGHT");
        admin.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.NotNull((await PostOnceMoreAsync()).Succeeded(201).Key["key"]);
    }

    private Task<ApiAnswer> PostAsync(
        string path,
        object body,
        string key,
        string credential = TestAdmin.OperatorToken
    ) => _admin.SendAsync(HttpMethod.Post, path, body, credential, Key(key));
}
