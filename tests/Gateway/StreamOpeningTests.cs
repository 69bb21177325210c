using Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A stream is judged once more as it opens, so that no change can slip in between; what is no stream never
/// enters the index, and what was one leaves it.</summary>
public sealed class StreamOpeningTests : IAsyncLifetime
{
    // A place is made for each twentieth.
    private static readonly Dictionary<string, string?> SmallCache = new() { ["Cache:MaxKeys"] = "20" };

    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(StreamKind.Socket)]
    [InlineData(StreamKind.SocketOverHttp2)]
    [InlineData(StreamKind.Events)]
    [InlineData(StreamKind.EventsOverHttp2)]
    public async Task KeyThatIsRefusedAfterItsDecision_OpensNoStream(StreamKind kind)
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var opening = gateway.Clients.OpenAsync(kind, secret, "/h1/w1/held");
        await Eventually.TrueAsync(() => gateway.Upstream.Held == 1);

        await DisableAsync(_store, key);
        Assert.Equal(0, await StreamsTests.StreamsClosedAsync(_store));
        gateway.Upstream.Release();

        await Assert.ThrowsAnyAsync<Exception>(() => opening);
        await Eventually.TrueAsync(() => gateway.Upstream.Open == 0 && gateway.Streams.IsEmpty);
        Assert.Contains($"Closed 1 streams of key {key.Id}: DISABLED", gateway.Gateway.Log.Text);
    }

    [Theory]
    [InlineData(StreamKind.Socket)]
    [InlineData(StreamKind.EventsOverHttp2)]
    public async Task KeyThatChangesAfterItsDecision_OpensItsStream_ByTheNewRecord(StreamKind kind)
    {
        var clock = new ManualClock();
        await using var gateway = await StreamGateway.StartAsync(_store.Options, clock: clock);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var opening = gateway.Clients.OpenAsync(kind, secret, "/h1/w1/held");
        await Eventually.TrueAsync(() => gateway.Upstream.Held == 1);

        var end = clock.Now.AddSeconds(2);
        await _store.ChangeKeyAsync(key, k => k with { ExpiresAt = end });
        gateway.Upstream.Release();
        var stream = await opening;

        await stream.AliveAsync(gateway.Upstream);
        clock.Set(end);
        await stream.CutOffAsync();
    }

    [Fact]
    public async Task KeyThatMadeRoomInTheCache_LosesItsStreamsAllTheSame()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options, SmallCache);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        await EvictAsync(gateway, _store, key);

        await DisableAsync(_store, key);

        Assert.Equal(streams.Count, await StreamsTests.StreamsClosedAsync(_store));
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
    }

    [Fact]
    public async Task KeyThatMadeRoomAfterItsDecision_OpensItsStream_AndLosesIt()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options, SmallCache);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var opening = gateway.Clients.OpenAsync(StreamKind.Events, secret, "/h1/w1/held");
        await Eventually.TrueAsync(() => gateway.Upstream.Held == 1);
        await EvictAsync(gateway, _store, key);

        gateway.Upstream.Release();
        var stream = await opening;

        await stream.AliveAsync(gateway.Upstream);
        await DisableAsync(_store, key);
        Assert.Equal(1, await StreamsTests.StreamsClosedAsync(_store));
        await stream.CutOffAsync();
    }

    [Fact]
    public async Task RecordThatCannotBeRead_OpensNoStream()
    {
        await using var store = await TestStore.PostgresAsync();
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await StreamGateway.StartAsync(outage.Options, SmallCache);
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        var opening = gateway.Clients.OpenAsync(StreamKind.Events, secret, "/h1/w1/held");
        await Eventually.TrueAsync(() => gateway.Upstream.Held == 1);
        await EvictAsync(gateway, store, key);

        await outage.BeginAsync();
        gateway.Upstream.Release();

        await Assert.ThrowsAnyAsync<Exception>(() => opening);
        await Eventually.TrueAsync(() => gateway.Streams.IsEmpty);
        await outage.EndAsync();
    }

    [Fact]
    public async Task StreamsThatOpenWhileTheirKeyIsDisabled_AreRefusedOrClosed_EveryOne()
    {
        const int atOnce = 12;
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        for (var round = 0; round < 15; round++)
        {
            var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
            var kinds = Enumerable.Range(0, atOnce).Select(i => StreamClients.Kinds[i % StreamClients.Kinds.Length]);
            var opening = kinds.Select(kind => TryOpenAsync(gateway, kind, secret)).ToList();
            await Eventually.TrueAsync(() => gateway.Streams.Count > round % atOnce);

            await DisableAsync(_store, key);

            var streams = await Task.WhenAll(opening);
            await Task.WhenAll(streams.OfType<StreamClient>().Select(s => s.CutOffAsync()));
            await Eventually.TrueAsync(() => gateway.Streams.IsEmpty && gateway.Upstream.Open == 0);
        }
    }

    [Fact]
    public async Task ResponseOfKnownLength_IsNoStream_AndFinishes_ThoughItsKeyIsRevoked()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var upload = gateway.Clients.Get("/h1/w1/half", secret);
        (upload.Method, upload.Content) = (HttpMethod.Post, new ByteArrayContent(new byte[100_000]));
        var answers = new[]
        {
            ReadAsync(gateway, gateway.Clients.Get("/h1/w1/half", secret)),
            ReadAsync(gateway, upload),
        };
        await Eventually.TrueAsync(() => gateway.Upstream.Held == answers.Length);
        Assert.True(gateway.Streams.IsEmpty);

        await _store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);
        Assert.Equal(0, await StreamsTests.StreamsClosedAsync(_store));
        gateway.Upstream.Release();

        Assert.Equal(["firstother", "firstother"], await Task.WhenAll(answers));
        Assert.Equal(100_000, gateway.Upstream.Received);
    }

    [Fact]
    public async Task ResponseInChunks_LeavesTheIndex_AsItEnds()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        var (_, secret) = await StreamGateway.IssueKeyAsync(_store);

        for (var i = 0; i < 3; i++)
            Assert.Equal("chunkchunkchunk", await ReadAsync(gateway, gateway.Clients.Get("/h1/w1/chunks", secret)));

        await Eventually.TrueAsync(() => gateway.Streams.IsEmpty);
    }

    [Fact]
    public async Task StreamThatHasSaidNothing_IsClosedToo()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var answer = ReadAsync(gateway, gateway.Clients.Get("/h1/w1/quiet", secret));
        await Eventually.TrueAsync(() => gateway.Streams.Count == 1);

        await DisableAsync(_store, key);

        Assert.Equal(1, await StreamsTests.StreamsClosedAsync(_store));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer);
    }

    [Fact]
    public async Task StreamWithoutAKey_IsNobodys()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(_store);
        var stream = await gateway.Clients.OpenAsync(StreamKind.Events, secret, "/public/events");
        Assert.True(gateway.Streams.IsEmpty);

        await DisableAsync(_store, key);

        await stream.AliveAsync(gateway.Upstream);
    }

    [Fact]
    public async Task AThousandStreams_LeaveNothingBehind_HoweverTheyEnd()
    {
        await using var gateway = await StreamGateway.StartAsync(_store.Options);
        var (_, secret) = await StreamGateway.IssueKeyAsync(_store);
        await Parallel.ForAsync(
            0,
            1_000,
            new ParallelOptions { MaxDegreeOfParallelism = 20 },
            async (i, _) =>
            {
                var kind = StreamClients.Kinds[i % StreamClients.Kinds.Length];
                using var stream = await gateway.Clients.OpenAsync(kind, secret);
                if (i % 3 == 0)
                    await stream.AliveAsync(gateway.Upstream);
            }
        );

        await Eventually.TrueAsync(() => gateway.Streams.IsEmpty && gateway.Upstream.Open == 0);
    }

    private static async Task<StreamClient?> TryOpenAsync(StreamGateway gateway, StreamKind kind, string secret)
    {
        try
        {
            return await gateway.Clients.OpenAsync(kind, secret);
        }
        catch (Exception e) when (e is HttpRequestException or System.Net.WebSockets.WebSocketException)
        {
            return null;
        }
    }

    private static async Task<string> ReadAsync(StreamGateway gateway, HttpRequestMessage request)
    {
        using var response = await gateway.Clients.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    // Records of other keys take its place.
    private static async Task EvictAsync(StreamGateway gateway, TestStore store, KeyRecord key)
    {
        var cache = gateway.Gateway.Services.GetRequiredService<KeyCache>();
        await Eventually.TrueAsync(async () =>
        {
            var (_, other) = await store.IssueKeyAsync();
            await gateway.Gateway.TryAsync("/h1/w2/chunks", other);
            return cache.Find(key.Id) is null;
        });
    }

    private static Task DisableAsync(TestStore store, KeyRecord key) =>
        store.ChangeKeyAsync(key, k => k with { DisabledAt = k.CreatedAt });
}
