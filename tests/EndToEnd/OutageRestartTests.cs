using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Gateway.Tests;

/// <summary>A Postgres and a Redis that really go down and come back, under processes that stay.</summary>
public sealed class OutageRestartTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private readonly RecordingUpstream _upstream = new();
    private readonly TestClock _clock = new();
    private readonly List<TestGateway> _gateways = [];
    private ThrowAwayServer _postgres = null!;
    private ThrowAwayServer _redis = null!;
    private TestStore _store = null!;
    private TestAdmin _admin = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _postgres = await ThrowAwayServer.PostgresAsync(_folder);
        _redis = await ThrowAwayServer.RedisAsync(_folder);
        _store = await TestStore.OnAsync(new() { Provider = "postgres", ConnectionString = _postgres.Address });
        var settings = new Dictionary<string, string?> { ["Redis:Configuration"] = _redis.Address };
        _admin = await TestAdmin.StartAsync(settings, _store);
        for (var i = 0; i < 2; i++)
            _gateways.Add(
                await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), settings, clock: _clock)
            );
        _account = (await _admin.AddAccountAsync()).Id;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        await _admin.DisposeAsync();
        await _store.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ServersThatCrashAndComeBack_LoseNothing_AndNobodyRestarts()
    {
        var (warm, ended) = (await IssueAsync(), await IssueAsync());
        Assert.Equal(["200", "200"], [await CallAsync(warm.Secret), await CallAsync(ended.Secret)]);
        var cold = await IssueAsync();
        // The last that is said before the crash is in force after it.
        await RevokeAsync(ended.Id);
        Assert.Equal("401 REVOKED_API_KEY", await CallAsync(ended.Secret));

        await _postgres.DownAsync();
        await CheckWithoutStoreAsync(warm.Secret, cold.Secret, ended.Secret);
        await _redis.DownAsync();
        _clock.Advance(TimeSpan.FromSeconds(6)); // past the lease
        await CheckWithoutStoreAsync(warm.Secret, cold.Secret, ended.Secret);

        await _postgres.UpAsync();
        await WorksAsync(cold.Secret);
        Assert.Equal("401 REVOKED_API_KEY", await CallAsync(ended.Secret));
        // Without Redis.
        await RevokeAsync(warm.Id);
        Assert.Equal("401 REVOKED_API_KEY", await CallAsync(warm.Secret));
        await HintsAsync();
        Assert.All(_gateways, g => Assert.Equal(1, g.Services.GetRequiredService<ChangeFollower>().Incarnations));

        await _redis.UpAsync();
        await Eventually.TrueAsync(async () => await PublishAsync() == 2);
        await RevokeAsync(cold.Id);
        Assert.Equal("401 REVOKED_API_KEY", await CallAsync(cold.Secret));
    }

    private async Task CheckWithoutStoreAsync(string warm, string cold, string revoked)
    {
        Assert.Equal("200", await CallAsync(warm));
        Assert.Equal("401 REVOKED_API_KEY", await CallAsync(revoked));
        Assert.Equal("503 VERIFICATION_UNAVAILABLE", await CallAsync(cold));
        var asked = await _admin.PostAsync($"/v1/accounts/{_account}/api-keys", new { name = "another" });
        Assert.NotNull(asked.Refused(503, "STORE_UNAVAILABLE").Headers.RetryAfter);
    }

    private async Task WorksAsync(string secret)
    {
        foreach (var gateway in _gateways)
            await Eventually.TrueAsync(async () => (await gateway.TryAsync(Path, secret)).Status == HttpStatusCode.OK);
        await Eventually.TrueAsync(async () => (await _admin.GetAsync("/v1/accounts")).Status == 200);
    }

    // Both listen again: without, a change would wait for the next poll, half a second on average.
    private async Task HintsAsync()
    {
        await Eventually.TrueAsync(async () =>
            await _store.Database.ReadAsync(s =>
                s.ValueAsync<long>("select count(*) from pg_stat_activity where query = 'listen gateway_changes'")
            ) == 2
        );
        var head = await _store.Database.ReadAsync(s => s.GetHeadAsync());
        for (var i = 0; i < 6; i++)
        {
            await _store.IssueKeyAsync();
            await _store.SettledAsync();
        }
        var applied = await _store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(head + 1, long.MaxValue));
        Assert.InRange(applied.Select(a => a.AppliedAfterMs).Order().ElementAt(applied.Count / 2), 0, 400);
    }

    // How many gateways heard it.
    private async Task<int> PublishAsync()
    {
        using var client = new TcpClient("127.0.0.1", _redis.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PUBLISH {ChangeFeed.RedisChannel} 0\r\n"));
        using var reader = new StreamReader(client.GetStream());
        return int.Parse((await reader.ReadLineAsync())!.TrimStart(':'));
    }

    private Task<(string Id, string Secret)> IssueAsync() =>
        _admin.IssueKeyAsync(_account, new { name = "a bot", permissions = new[] { "read" } });

    private async Task RevokeAsync(string id)
    {
        var path = $"/v1/accounts/{_account}/api-keys/{id}?wait=20";
        var answer = await _admin.DeleteAsync(path, new { confirmation = "a bot" });
        Assert.True((bool)answer.Succeeded().Data["propagation"]!["complete"]!, answer.Text);
    }

    private async Task<string> CallAsync(string secret)
    {
        var answers = await Task.WhenAll(_gateways.Select(g => Deployment.CallAsync(g, secret, Path)));
        return Assert.Single(answers.Distinct(StringComparer.Ordinal));
    }
}
