using System.Net.Sockets;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Redis shortens the way of a change, and nothing depends on it.</summary>
public sealed class RedisHintsTests : IAsyncLifetime
{
    private TestStore _store = null!;
    private RecordingUpstream _upstream = null!;
    private TcpRelay _redis = null!;

    public async ValueTask InitializeAsync()
    {
        // Postgres polls once a second, so that a hint shows.
        _store = await TestStore.PostgresAsync();
        _upstream = new RecordingUpstream();
        _redis = await RedisServer.RelayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task PublishedChange_WakesTheFollower_LongBeforeItsPoll()
    {
        await using var gateway = await StartAsync();
        await Eventually.TrueAsync(async () => await PublishAsync(0) > 0);

        for (var i = 0; i < 8; i++)
            await ChangeAsync(hint: true);

        Assert.InRange(await FollowerTests.MedianAsync(_store), 0, 400);
    }

    [Fact]
    public async Task RedisThatIsDownAtStart_OrStopsLater_IsMissedByNobody()
    {
        _redis.Cut();
        await using var gateway = await StartAsync();
        var (key, secret) = await _store.IssueKeyAsync();
        Assert.Equal("", (await gateway.TryAsync("/v1/read/x", secret)).Code);

        _redis.Restore();
        await Eventually.TrueAsync(async () => await PublishAsync(0) > 0);
        _redis.Cut();

        await _store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);
        Assert.Equal("REVOKED_API_KEY", (await gateway.TryAsync("/v1/read/x", secret)).Code);
        Assert.Contains("\"ready\"", (await gateway.OpsAsync("/readyz")).Text, StringComparison.Ordinal);

        _redis.Restore();
        await Eventually.TrueAsync(async () => await PublishAsync(0) > 0);
        Assert.DoesNotContain("a-password", gateway.Log.Text, StringComparison.Ordinal);
    }

    private Task<TestGateway> StartAsync() =>
        TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            new() { ["Redis:Configuration"] = $"127.0.0.1:{_redis.Port},name=a-password" }
        );

    // As the admin API writes it, without the notification.
    private async Task ChangeAsync(bool hint)
    {
        var number = await _store.Database.WriteAsync(async s =>
        {
            var next = await s.ValueAsync<long>("update change_counter set head = head + 1 returning head");
            await s.ExecuteAsync(
                "insert into changes (number, id, kind, account_id, at) values (@next, @id, @kind, 'a', now())",
                new
                {
                    next,
                    id = Ids.Random(),
                    kind = ChangeKinds.AccountUpdated,
                }
            );
            return next;
        });
        if (hint)
            await PublishAsync(number);
        await _store.AcknowledgedAsync(number);
    }

    // Redis' own protocol, past the relay: how many heard it.
    private static async Task<int> PublishAsync(long change)
    {
        var address = (await RedisServer.AddressAsync()).Split(':');
        using var client = new TcpClient(address[0], int.Parse(address[1]));
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"PUBLISH {ChangeFeed.RedisChannel} {change}\r\n"));
        using var reader = new StreamReader(stream);
        return int.Parse((await reader.ReadLineAsync())!.TrimStart(':'));
    }
}
