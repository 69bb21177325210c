using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>The admin API on a store that is slow, or that somebody has locked: every call is answered, in time and in
/// words, and works again by itself.</summary>
public sealed class OutageAdminTests
{
    // Finding out who asks, the operation, and forgetting its Idempotency-Key: three sessions, and what it takes to cancel
    // each, on a machine that has much else to do.
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(40);

    [Theory]
    [InlineData(10)]
    [InlineData(0.4)] // each statement is in time, but not all of them together
    public async Task SlowStore_EndsEveryCall_InTimeAndInWords(double delaySeconds)
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var admin = await TestAdmin.StartAsync(
            new() { ["Store:ConnectionString"] = options.ConnectionString + ";Timeout=2;Command Timeout=2" },
            store
        );
        var account = (await admin.AddAccountAsync()).Id;
        var (id, _) = await admin.IssueKeyAsync(account);
        var (_, adminKey) = await admin.IssueAdminKeyAsync(account);
        var keys = $"/v1/accounts/{account}/api-keys";
        relay.Delay = TimeSpan.FromSeconds(delaySeconds);

        var watch = Stopwatch.StartNew();
        var writes = await Task.WhenAll(
            admin.PostAsync(keys, new { name = "k", environment = "sandbox" }),
            admin.SendAsync(HttpMethod.Post, $"{keys}/{id}/disable", headers: ("Idempotency-Key", "once")),
            admin.PatchAsync($"{keys}/{id}", new { name = "another" }),
            admin.DeleteAsync($"{keys}/{id}", new { confirmation = SdpPage.Name })
        );
        Assert.All(writes, w => Unavailable(w, "STORE_UNAVAILABLE"));
        if (delaySeconds > 1)
        {
            Unavailable(await admin.PostAsync("/v1/accounts", new { name = "Acme" }), "STORE_UNAVAILABLE");
            Unavailable(await admin.GetAsync(keys), "STORE_UNAVAILABLE");
            Unavailable(await admin.GetAsync("/v1/gateways"), "STORE_UNAVAILABLE");
            // Who asks cannot be found out.
            Unavailable(await admin.GetAsync("/v1/api-keys", adminKey), "VERIFICATION_UNAVAILABLE");
        }
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, InTime);

        relay.Restore();
        await Eventually.TrueAsync(async () => (await admin.GetAsync(keys, adminKey)).Status == 200);
        (await admin.PostAsync($"{keys}/{id}/disable")).Succeeded();
    }

    [Fact]
    public async Task LockedFile_EndsEveryWrite_HoweverManyWait()
    {
        await using var admin = await TestAdmin.StartAsync();
        var account = (await admin.AddAccountAsync()).Id;
        await using var outage = StoreOutage.Of(admin.Store);
        await outage.BeginAsync();

        var watch = Stopwatch.StartNew();
        var writes = Enumerable
            .Range(0, 30)
            .Select(i => admin.PostAsync("/v1/accounts", new { name = $"Acme {i}" }))
            .ToList();
        (await admin.GetAsync($"/v1/accounts/{account}")).Succeeded();
        Assert.All(await Task.WhenAll(writes), w => Unavailable(w, "STORE_UNAVAILABLE"));
        // One after the other would take two and a half minutes.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, InTime);

        await outage.EndAsync();
        (await admin.PostAsync("/v1/accounts", new { name = "Acme" })).Succeeded(201);
    }

    private static void Unavailable(ApiAnswer answer, string code) =>
        Assert.NotNull(answer.Refused(503, code).Headers.RetryAfter);
}
