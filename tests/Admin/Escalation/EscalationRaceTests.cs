namespace Gateway.Tests;

/// <summary>What is refused one after the other is refused at the same moment too.</summary>
public sealed class EscalationRaceTests
{
    private const int Rounds = 6;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Limit_Holds_HoweverKeysComeToCount(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(provider: provider);
        var account = (await admin.AddAccountAsync()).Id;
        var keys = $"/v1/accounts/{account}/api-keys";
        // Ended by time: lifting the expiry makes one count again.
        var ended = new List<string>();
        for (var i = 0; i < 5; i++)
            ended.Add(
                (await admin.IssueKeyAsync(account, new { expiresAt = admin.Clock.GetUtcNow().AddMinutes(5) })).Id
            );
        admin.Clock.Advance(TimeSpan.FromMinutes(6));
        for (var i = 0; i < 9; i++)
            await admin.IssueKeyAsync(account);
        var creates = Enumerable
            .Range(0, 20)
            .Select(_ => admin.PostAsync(keys, new { name = "x", environment = "sandbox" }));
        var lifts = ended.Select(id => admin.PatchAsync($"{keys}/{id}", """{"expiresAt":null}"""));
        var answers = await Task.WhenAll([.. creates, .. lifts]);
        Assert.Single(answers, a => a.Status is 200 or 201);
        Assert.All(answers.Where(a => a.Status is not (200 or 201)), a => a.Refused(409, "KEY_LIMIT_REACHED"));
        Assert.Equal(10, (await admin.GetAsync(keys + "?status=active")).Data["apiKeys"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RotationUnderWay_LeavesNothingAlive_ThatARevocationDidNotSpeakOf(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(provider: provider);
        for (var round = 0; round < Rounds; round++)
        {
            var account = (await admin.AddAccountAsync()).Id;
            var (_, actor) = await admin.IssueAdminKeyAsync(account);
            var (id, _) = await admin.IssueKeyAsync(account, new { name = "raced" });
            var rotate = admin.PostAsync($"/v1/api-keys/{id}/rotate", null, actor);
            var revoke = admin.DeleteAsync($"/v1/accounts/{account}/api-keys/{id}", new { confirmation = "raced" });
            var (rotated, revoked) = (await rotate, (await revoke).Succeeded());
            var live = await LiveAsync(admin, account, "raced");
            if (rotated.Status == 201)
                // Whoever revoked was told who succeeds the key.
                Assert.Equal(live, [(string)revoked.Key["rotatedTo"]!]);
            else
                rotated.Refused(409, "KEY_REVOKED");
            if (rotated.Status != 201)
                Assert.Empty(live);
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RevokingEverything_LeavesNothingAlive_WhateverIsUnderWay(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(provider: provider);
        for (var round = 0; round < Rounds; round++)
        {
            var account = await admin.AddAccountAsync();
            var (_, actor) = await admin.IssueAdminKeyAsync(account.Id);
            var (id, _) = await admin.IssueKeyAsync(account.Id, new { name = "raced" });
            Task<ApiAnswer>[] underWay =
            [
                admin.PostAsync($"/v1/api-keys/{id}/rotate", null, actor),
                admin.PostAsync("/v1/api-keys", new { name = "late", role = "api_admin" }, actor),
            ];
            var all = $"/v1/accounts/{account.Id}/api-keys/revoke-all";
            var done = admin.PostAsync(all, new { confirmation = account.Name });
            (await done).Succeeded();
            await Task.WhenAll(underWay);
            Assert.Empty(await LiveAsync(admin, account.Id, ""));
        }
    }

    private static async Task<IEnumerable<string>> LiveAsync(TestAdmin admin, string account, string name)
    {
        var list = (await admin.GetAsync($"/v1/accounts/{account}/api-keys?limit=100")).Data["apiKeys"]!.AsArray();
        return list.Where(k => (string)k!["status"]! != "revoked" && (name.Length == 0 || (string)k["name"]! == name))
            .Select(k => (string)k!["id"]!);
    }
}
