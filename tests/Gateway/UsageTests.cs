using System.Diagnostics;
using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>"Last used" and the hourly counts: written beside the requests, and neither lost nor counted twice.</summary>
public sealed class UsageTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";

    // Only what the test asks for is flushed.
    private static readonly Dictionary<string, string?> ByHand = new() { ["LastUsed:FlushSeconds"] = "3600" };

    private readonly RecordingUpstream _upstream = new();

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Uses_AreRecordedOnce_CoalescedByKey_WithCountsByOutcome(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await StartAsync(store.Options);
        var (used, secret) = await store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        var (revoked, dead) = await store.IssueKeyAsync(k => k with { RevokedAt = k.CreatedAt });
        var (idle, _) = await store.IssueKeyAsync();
        var before = TimeProvider.System.Now();
        for (var i = 0; i < 5; i++)
            await gateway.TryAsync(Path, secret);
        for (var i = 0; i < 3; i++)
            await gateway.TryAsync("/v1/admin/x", secret);
        for (var i = 0; i < 2; i++)
            await gateway.TryAsync(Path, dead);

        Assert.Null(await LastUsedAsync(store, used));
        Assert.True(await UsageOf(gateway).FlushAsync());

        Assert.InRange((await LastUsedAsync(store, used))!.Value, before, TimeProvider.System.Now());
        Assert.Equal(["INSUFFICIENT_PERMISSIONS 3", "allowed 5"], await CountsAsync(store, used));
        // A revoked key was not authenticated.
        Assert.Null(await LastUsedAsync(store, revoked));
        Assert.Equal(["REVOKED_API_KEY 2"], await CountsAsync(store, revoked));
        Assert.Null(await LastUsedAsync(store, idle));
        Assert.Equal(3, UsageOf(gateway).LastFlushRows - 1);

        await gateway.TryAsync(Path, secret);
        await UsageOf(gateway).FlushAsync();
        await UsageOf(gateway).FlushAsync();
        Assert.Equal(["INSUFFICIENT_PERMISSIONS 3", "allowed 6"], await CountsAsync(store, used));
    }

    [Fact]
    public async Task RefusedUse_IsAUse_WhenTheKeyItselfIsGood()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StartAsync(store.Options);
        var (key, secret) = await store.IssueKeyAsync(k => k with { Permissions = ["other"] });

        Assert.Equal("INSUFFICIENT_PERMISSIONS", (await gateway.TryAsync(Path, secret)).Code);
        await UsageOf(gateway).FlushAsync();

        Assert.NotNull(await LastUsedAsync(store, key));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Uses_AreWrittenByThemselves_AndOnACleanStop(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var often = await StartAsync(store.Options, ("LastUsed:FlushSeconds", "1"));
        await using var never = await StartAsync(store.Options);
        var (one, first) = await store.IssueKeyAsync();
        var (two, second) = await store.IssueKeyAsync();

        await often.TryAsync(Path, first);
        await never.TryAsync(Path, second);
        await Eventually.TrueAsync(async () => await LastUsedAsync(store, one) is not null);
        Assert.Null(await LastUsedAsync(store, two));
        await never.StopAsync();

        Assert.NotNull(await LastUsedAsync(store, two));
        Assert.Equal(["allowed 1"], await CountsAsync(store, two));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task LastUsed_NeverMovesBackwards(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        var clock = new TestClock();
        clock.Advance(TimeSpan.FromHours(3));
        await using var ahead = await StartAsync(store.Options, clock: clock);
        await using var behind = await StartAsync(store.Options);
        var (key, secret) = await store.IssueKeyAsync();

        await ahead.TryAsync(Path, secret);
        await UsageOf(ahead).FlushAsync();
        var later = await LastUsedAsync(store, key);
        await behind.TryAsync(Path, secret);
        await UsageOf(behind).FlushAsync();

        Assert.Equal(later, await LastUsedAsync(store, key));
        Assert.InRange(later!.Value - TimeProvider.System.Now(), TimeSpan.FromHours(2), TimeSpan.FromHours(3));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Outage_LosesNoUse_AndCountsNoneTwice(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await StartAsync(outage.Options, ("Changes:LeaseSeconds", "60"));
        var (key, secret) = await store.IssueKeyAsync();
        await store.SettledAsync();
        await gateway.TryAsync(Path, secret);

        await outage.BeginAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var flushed = Task.Run(() => UsageOf(gateway).FlushAsync(patience.Token), patience.Token);
        // Nobody waits for it.
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync(Path, secret)).Status);
        await outage.EndAsync();
        await Record.ExceptionAsync(() => flushed);

        await Eventually.TrueAsync(async () => await UsageOf(gateway).FlushAsync());
        await UsageOf(gateway).FlushAsync();
        Assert.Equal(["allowed 5"], await CountsAsync(store, key));
        Assert.Equal((0, 0), (UsageOf(gateway).Dropped, UsageOf(gateway).Pending));
    }

    [Fact]
    public async Task BatchWhoseCommitIsUnknown_IsCountedOnce()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var gateway = await StartAsync(options, ("Changes:LeaseSeconds", "60"));
        var (key, secret) = await store.IssueKeyAsync();
        await gateway.TryAsync(Path, secret);

        // Late enough for the batch to be stored and its answer to be lost.
        relay.Delay = TimeSpan.FromMilliseconds(300);
        var flushed = UsageOf(gateway).FlushAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await CountsAsync(store, key)).Count > 0);
        relay.Drop();
        var known = await flushed;
        relay.Restore();

        await Eventually.TrueAsync(() => UsageOf(gateway).FlushAsync());
        Assert.Equal(["allowed 1"], await CountsAsync(store, key));
        Assert.False(known);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task StopWithoutAStore_TakesBoundedTime(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var gateway = await StartAsync(outage.Options);
        var (_, secret) = await store.IssueKeyAsync();
        await gateway.TryAsync(Path, secret);
        await outage.BeginAsync();

        var watch = Stopwatch.StartNew();
        await gateway.StopAsync();

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Contains("Uses are lost", gateway.Log.Text, StringComparison.Ordinal);
        await outage.EndAsync();
    }

    [Fact]
    public async Task WhatWaits_IsBounded_AndWhatIsDropped_IsCounted()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await StartAsync(store.Options, ("LastUsed:MaxPending", "2"));
        for (var i = 0; i < 12; i++)
        {
            var (_, secret) = await store.IssueKeyAsync(k => i < 4 ? k : k with { RevokedAt = k.CreatedAt });
            await gateway.TryAsync(Path, secret);
        }

        await UsageOf(gateway).FlushAsync();

        // Last use and count of two keys that were accepted of four, and four counts of refusals for each of two.
        Assert.Equal(2 + 2 + 8, UsageOf(gateway).LastFlushRows);
        Assert.Equal(2 + 2, UsageOf(gateway).Dropped);
        Assert.Contains("gateway_lastused_dropped_total 4", (await gateway.OpsAsync("/metrics")).Text);
    }

    [Fact]
    public async Task Refusals_CountInTheHourTheyHappen_NotInThatOfTheLastUse()
    {
        await using var store = await TestStore.SqliteAsync();
        var clock = new ManualClock();
        await using var gateway = await StartAsync(store.Options, clock: clock);
        var start = clock.Now;
        var (key, secret) = await store.IssueKeyAsync(k => k with { ExpiresAt = start.AddHours(2) });
        await gateway.TryAsync(Path, secret);
        await UsageOf(gateway).FlushAsync();

        clock.Set(start.AddHours(5));
        Assert.Equal("EXPIRED_API_KEY", (await gateway.TryAsync(Path, secret)).Code);
        await UsageOf(gateway).FlushAsync();

        var counts = await store.Database.ReadAsync(s => s.GetUsageAsync(key.Id, start.AddDays(-1)));
        Assert.Equal(
            [("allowed", Hour(start)), ("EXPIRED_API_KEY", Hour(start.AddHours(5)))],
            counts.Select(c => (c.Outcome, c.Hour))
        );
        Assert.Equal(start, await LastUsedAsync(store, key));
    }

    private Task<TestGateway> StartAsync(StoreOptions options, params (string Name, string Value)[] settings) =>
        StartAsync(options, null, settings);

    private Task<TestGateway> StartAsync(
        StoreOptions options,
        TimeProvider? clock,
        params (string Name, string Value)[] settings
    )
    {
        var all = new Dictionary<string, string?>(ByHand);
        foreach (var (name, value) in settings)
            all[name] = value;
        return TestGateway.StartAsync(options, TestRoutes.For(_upstream), all, clock);
    }

    private static UsageRecorder UsageOf(TestGateway gateway) => gateway.Services.GetRequiredService<UsageRecorder>();

    private static async Task<DateTimeOffset?> LastUsedAsync(TestStore store, KeyRecord key) =>
        (await store.Database.ReadAsync(s => s.GetKeyAsync(key.Id)))!.LastUsedAt;

    private static async Task<List<string>> CountsAsync(TestStore store, KeyRecord key)
    {
        var counts = await store.Database.ReadAsync(s => s.GetUsageAsync(key.Id, Sample.Now.AddYears(-1)));
        return [.. counts.Select(c => $"{c.Outcome} {c.Requests}").Order(StringComparer.Ordinal)];
    }

    private static DateTimeOffset Hour(DateTimeOffset at) => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, at.Offset);
}
