using System.Collections.Concurrent;
using Gateway.Keys.Storage;
using StackExchange.Redis;

namespace Gateway.Tests;

/// <summary>Every change is published on Redis after its commit; without Redis everything works all the same.</summary>
public sealed class RedisHintTests
{
    [Fact]
    public async Task Change_IsPublished_AndAgainAfterRedisWasAway()
    {
        var published = new ConcurrentQueue<string>();
        using var listener = await ConnectionMultiplexer.ConnectAsync(await RedisServer.AddressAsync());
        await listener
            .GetSubscriber()
            .SubscribeAsync(ChangeFeed.RedisChannel, (_, message) => published.Enqueue(message!));
        await using var relay = await RedisServer.RelayAsync();
        await using var admin = await TestAdmin.StartAsync(
            new() { ["Redis:Configuration"] = $"127.0.0.1:{relay.Port},name=a-password" }
        );
        var account = await admin.AddAccountAsync();

        await Eventually.TrueAsync(async () => published.Contains(await ChangeAsync(admin, account.Id)));
        relay.Cut();
        await ChangeAsync(admin, account.Id);
        relay.Restore();
        await Eventually.TrueAsync(async () => published.Contains(await ChangeAsync(admin, account.Id)));
        Assert.DoesNotContain("a-password", admin.Log.Text, StringComparison.Ordinal);
    }

    private static async Task<string> ChangeAsync(TestAdmin admin, string accountId)
    {
        var path = $"/v1/accounts/{accountId}";
        var answer = await admin.PatchAsync(path, new { name = Guid.NewGuid().ToString() });
        var change = answer.Succeeded().Data["propagation"]!["change"]!.ToString();
        // The hint is on its way as the answer is given.
        await Task.Delay(50);
        return change;
    }
}
