using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Streams end by time as they end by changes: as their key does, and as a store that is lost makes requests of
/// the same kind undecidable. A process that stood still, or follows another database, asks before it closes.</summary>
public sealed class StreamTimeTests
{
    // A lease, and as long as a route allows beyond it that states nothing.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxStaleness = TimeSpan.FromSeconds(60);

    // As long as a request waits for a renewal.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData("expiry")]
    [InlineData("rotation deadline")]
    public async Task KeyThatEnds_EndsItsStreams_ThenAndNotBefore(string by)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options, clock: _clock);
        var end = _clock.Now.AddSeconds(3);
        var (_, secret) = await StreamGateway.IssueKeyAsync(
            store,
            k => by == "expiry" ? k with { ExpiresAt = end } : k with { RotationDeadline = end }
        );
        var (_, other) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var others = await gateway.Clients.OpenAllAsync(other);

        _clock.Set(end.AddMilliseconds(-1));
        gateway.Sweep();
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));
        _clock.Set(end);

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
        await Eventually.TrueAsync(() => gateway.Upstream.Open == others.Count);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task StoreThatIsLost_EndsStreams_WhenTheirRoutesAllowNoMore(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await StreamGateway.StartAsync(outage.Options, clock: _clock);
        var (_, secret) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var brief = await gateway.Clients.OpenAsync(StreamKind.Socket, secret, "/brief/w1/socket");
        var end = _clock.Now + Lease;

        await outage.BeginAsync();
        PassTo(gateway, end.AddSeconds(1).AddMilliseconds(-1));
        await brief.AliveAsync(gateway.Upstream);
        PassTo(gateway, end.AddSeconds(1));
        await brief.CutOffAsync();
        PassTo(gateway, (end + MaxStaleness).AddMilliseconds(-1));
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));
        PassTo(gateway, end + MaxStaleness);

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        Assert.Contains("VERIFICATION_UNAVAILABLE", gateway.Gateway.Log.Text, StringComparison.Ordinal);
        await outage.EndAsync();
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task StoreThatComesBack_FindsTheStreamsThatWereAllowed(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await StreamGateway.StartAsync(outage.Options, clock: _clock);
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        var (_, other) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var others = await gateway.Clients.OpenAllAsync(other);

        await outage.BeginAsync();
        PassTo(gateway, _clock.Now + Lease + MaxStaleness / 2);
        await outage.EndAsync();
        await gateway.Gateway.Services.GetRequiredService<ChangeFollower>().RenewAsync();

        await store.ChangeKeyAsync(key, k => k with { DisabledAt = k.CreatedAt });
        Assert.Equal(streams.Count, await StreamsTests.StreamsClosedAsync(store));
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Fact]
    public async Task ProcessThatStoodStill_ClosesOnlyWhatIsRefusedNow()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options, clock: _clock);
        var (_, ended) = await StreamGateway.IssueKeyAsync(store, k => k with { ExpiresAt = _clock.Now.AddHours(1) });
        var (_, good) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(ended);
        var others = await gateway.Clients.OpenAllAsync(good);
        var brief = await gateway.Clients.OpenAsync(StreamKind.Socket, good, "/brief/w1/socket");

        _clock.Set(_clock.Now.AddHours(2));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        var lease = gateway.Gateway.Services.GetRequiredService<Lease>();
        await Eventually.TrueAsync(() => lease.Holds(lease.Now()));
        gateway.Sweep();
        await brief.AliveAsync(gateway.Upstream);
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ProcessThatStoodStill_AndFindsNoStore_ClosesEveryStream_OnceItHasAsked(bool betweenTwoClocks)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await StreamGateway.StartAsync(outage.Options, clock: _clock);
        var (_, secret) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);

        await outage.BeginAsync();
        if (betweenTwoClocks)
            _clock.StandStillBetweenClocks(TimeSpan.FromHours(2));
        else
            _clock.Set(_clock.Now.AddHours(2));
        gateway.Sweep();
        // The store may be there: that is asked first, once.
        _clock.Set((_clock.Now + Patience).AddMilliseconds(-1));
        gateway.Sweep();
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));
        _clock.Set(_clock.Now.AddMilliseconds(1));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await outage.EndAsync();
    }

    [Fact]
    public async Task QuietStream_LivesForAsLongAsItsClusterSays()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var (_, secret) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var idle = await gateway.Clients.OpenAsync(StreamKind.Events, secret, "/idle/w1/events");

        await idle.CutOffAsync();

        // The client knows before the gateway has cleared up.
        await Eventually.TrueAsync(() => gateway.Streams.Count == streams.Count);
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Fact]
    public async Task GatewayThatStops_EndsItsStreamsInTime_AndThenClosesItsRow()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var (_, secret) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var stopping = TimeProvider.System.GetTimestamp();

        await gateway.Gateway.StopAsync();

        // A second to drain, and a second each for what a store may take that does not answer.
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopping).TotalSeconds, 0.9, 20);
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        Assert.True(gateway.Streams.IsEmpty);
        Assert.Empty(await store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
    }

    // As time passes for a process that does not stand still.
    private void PassTo(StreamGateway gateway, DateTimeOffset instant)
    {
        for (var step = _clock.Now.AddSeconds(0.5); step < instant; step = step.AddSeconds(0.5))
        {
            _clock.Set(step);
            gateway.Sweep();
        }
        _clock.Set(instant);
        gateway.Sweep();
    }
}
