using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Streams end by time as they end by changes: as their key does, and as a store that is lost makes requests of
/// the same kind undecidable. A process that stood still, or follows another database, asks before it closes.</summary>
public sealed class StreamTimeTests
{
    [Theory]
    [InlineData("expiry")]
    [InlineData("rotation deadline")]
    public async Task KeyThatEnds_EndsItsStreams_ThenAndNotBefore(string by)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var end = TimeProvider.System.Now().AddSeconds(3);
        var (_, secret) = await StreamGateway.IssueKeyAsync(
            store,
            k => by == "expiry" ? k with { ExpiresAt = end } : k with { RotationDeadline = end }
        );
        var (_, other) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var others = await gateway.Clients.OpenAllAsync(other);

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));

        // A moment may pass until the clients know; the machine has other things to do as well.
        Assert.InRange(TimeProvider.System.GetUtcNow(), end, end.AddSeconds(5));
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
        await using var gateway = await StreamGateway.StartAsync(
            outage.Options,
            new() { ["Changes:LeaseSeconds"] = "1" }
        );
        var lease = gateway.Gateway.Services.GetRequiredService<Lease>();
        var (_, secret) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var brief = await gateway.Clients.OpenAsync(StreamKind.Socket, secret, "/brief/w1/socket");

        await outage.BeginAsync();
        // Through the second of its route's MaxStaleness it lives.
        await Eventually.TrueAsync(() => lease.Left(lease.Now()) < TimeSpan.FromSeconds(-0.3));
        Assert.True(brief.IsOpen);
        await brief.CutOffAsync();

        Assert.InRange(lease.Left(lease.Now()), TimeSpan.FromSeconds(-2.5), TimeSpan.FromSeconds(-1));
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));
        await outage.EndAsync();
        await Eventually.TrueAsync(() => lease.Holds(lease.Now()));
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Fact]
    public async Task ProcessThatStoodStill_ClosesOnlyWhatIsRefusedNow()
    {
        await using var store = await TestStore.SqliteAsync();
        var clock = new TestClock();
        await using var gateway = await StreamGateway.StartAsync(store.Options, clock: clock);
        var (_, ended) = await StreamGateway.IssueKeyAsync(store, k => k with { ExpiresAt = k.CreatedAt.AddHours(1) });
        var (_, good) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(ended);
        var others = await gateway.Clients.OpenAllAsync(good);
        var brief = await gateway.Clients.OpenAsync(StreamKind.Socket, good, "/brief/w1/socket");

        clock.Advance(TimeSpan.FromHours(2));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await brief.AliveAsync(gateway.Upstream);
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Fact]
    public async Task ProcessThatStoodStill_AndFindsNoStore_ClosesEveryStream()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var outage = StoreOutage.Of(store);
        var clock = new TestClock();
        await using var gateway = await StreamGateway.StartAsync(outage.Options, clock: clock);
        var (_, secret) = await StreamGateway.IssueKeyAsync(store);
        await store.SettledAsync();
        var streams = await gateway.Clients.OpenAllAsync(secret);

        await outage.BeginAsync();
        clock.Advance(TimeSpan.FromHours(2));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        Assert.Contains("VERIFICATION_UNAVAILABLE", gateway.Gateway.Log.Text, StringComparison.Ordinal);
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

        Assert.Equal(streams.Count, gateway.Streams.Count);
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
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopping).TotalSeconds, 0.9, 5);
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        Assert.True(gateway.Streams.IsEmpty);
        Assert.Empty(await store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
    }
}
