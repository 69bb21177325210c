using System.Diagnostics;
using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>When the store is away: nothing is allowed that was not known to be allowed, nothing is 401 that is not known
/// to be refused, and everything comes back by itself.</summary>
public sealed class OutageTests
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Revoked = (HttpStatusCode.Unauthorized, "REVOKED_API_KEY");

    private static readonly (HttpStatusCode, string) Undecided = (
        HttpStatusCode.ServiceUnavailable,
        "VERIFICATION_UNAVAILABLE"
    );

    // Longer than the lease, and than the second that somebody may wait for a store that does not answer.
    private static readonly TimeSpan PastTheLease = TimeSpan.FromSeconds(6);

    private const string MoneyRoute = """
        , "money": {
          "ClusterId": "up", "Match": { "Path": "/money/{**rest}" },
          "Metadata": { "Access": "key", "MaxStaleness": "0s" }
        }
        """;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task StoreThatStops_LeavesWhatIsCached_ForAsLongAsTheRouteAllows(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var upstream = new RecordingUpstream();
        var clock = new TestClock();
        await using var gateway = await TestGateway.StartAsync(
            outage.Options,
            TestRoutes.For(upstream, MoneyRoute),
            clock: clock
        );
        var (_, good) = await store.IssueKeyAsync();
        var (_, cold) = await store.IssueKeyAsync();
        var (_, revoked) = await store.IssueKeyAsync(k => k with { RevokedAt = k.CreatedAt });
        var (_, disabled) = await store.IssueKeyAsync(k => k with { DisabledAt = k.CreatedAt });
        var unknown = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
        await store.SettledAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, good));
        Assert.Equal(Ok, await gateway.TryAsync("/money/x", good));
        Assert.Equal(Revoked, await gateway.TryAsync(Path, revoked));
        Assert.Equal("DISABLED_API_KEY", (await gateway.TryAsync(Path, disabled)).Code);
        Assert.Equal("INVALID_API_KEY", (await gateway.TryAsync(Path, unknown)).Code);
        Assert.Equal("ENVIRONMENT_NOT_ALLOWED", (await gateway.TryAsync("/production/x", good)).Code);

        await outage.BeginAsync();
        clock.Advance(PastTheLease);

        Assert.Equal(Ok, await gateway.TryAsync(Path, good));
        Assert.Equal(Undecided, await gateway.TryAsync("/money/x", good));
        // The key may be disabled by now, and that is said first.
        Assert.Equal(Undecided, await gateway.TryAsync("/production/x", good));
        Assert.Equal(Undecided, await gateway.TryAsync(Path, cold));
        Assert.Equal(Undecided, await gateway.TryAsync(Path, unknown));
        Assert.Equal(Undecided, await gateway.TryAsync(Path, disabled));
        Assert.Equal(Revoked, await gateway.TryAsync(Path, revoked));
        Assert.Equal("INVALID_API_KEY", (await gateway.TryAsync(Path, "sk_test_nonsense")).Code);
        Assert.Equal(Ok, await gateway.TryAsync("/public/x"));
        var (status, text) = await gateway.OpsAsync("/readyz");
        Assert.True(status == HttpStatusCode.OK && text.Contains("degraded", StringComparison.Ordinal), text);

        clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(Undecided, await gateway.TryAsync(Path, good));
        Assert.Equal(Revoked, await gateway.TryAsync(Path, revoked));
        Assert.Equal(Ok, await gateway.TryAsync("/public/x"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.OpsAsync("/readyz")).Status);

        await outage.EndAsync();

        await Eventually.TrueAsync(async () => await gateway.TryAsync(Path, cold) == Ok);
        Assert.Equal(Ok, await gateway.TryAsync("/money/x", good));
        Assert.Equal("DISABLED_API_KEY", (await gateway.TryAsync(Path, disabled)).Code);
        Assert.Equal("INVALID_API_KEY", (await gateway.TryAsync(Path, unknown)).Code);
        await Eventually.TrueAsync(async () =>
            (await gateway.OpsAsync("/readyz")).Text.Contains("\"ready\"", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task WhatChangesDuringAnOutage_IsInForce_AsSoonAsItIsOver(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var upstream = new RecordingUpstream();
        var clock = new TestClock();
        await using var gateway = await TestGateway.StartAsync(outage.Options, TestRoutes.For(upstream), clock: clock);
        var (key, secret) = await store.IssueKeyAsync();
        await store.SettledAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));

        await outage.BeginAsync();
        clock.Advance(PastTheLease);
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));
        await outage.EndAsync();
        await store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);

        Assert.Equal(Revoked, await gateway.TryAsync(Path, secret));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task OutageCostsTheFirstRequests_SomeWaiting_AndTheOthersNone(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var outage = StoreOutage.Of(store);
        await using var upstream = new RecordingUpstream();
        var clock = new TestClock();
        await using var gateway = await TestGateway.StartAsync(outage.Options, TestRoutes.For(upstream), clock: clock);
        var (_, secret) = await store.IssueKeyAsync();
        await store.SettledAsync();
        await gateway.TryAsync(Path, secret);
        await outage.BeginAsync();
        clock.Advance(PastTheLease);
        await gateway.TryAsync(Path, secret);

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++)
            Assert.Equal(Ok, await gateway.TryAsync(Path, secret));

        // Each would take a second or two if each waited.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(16));
    }

    [Fact]
    public async Task GatewayThatSlept_JudgesByWhatIsTrueNow_FromItsFirstRequestOn()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var upstream = new RecordingUpstream();
        var clock = new TestClock();
        await using var gateway = await TestGateway.StartAsync(options, TestRoutes.For(upstream), clock: clock);
        var (key, secret) = await store.IssueKeyAsync();
        await store.SettledAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));

        // Meanwhile the key was revoked, and the firewall has forgotten the gateway's connections.
        relay.Strand();
        await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            await s.AppendChangeAsync(ChangeKinds.KeyRevoked, key.AccountId, key);
        });
        clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(Revoked, await gateway.TryAsync(Path, secret));
    }

    [Fact]
    public async Task PostgresThatRestarts_IsNotNoticed()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(options, TestRoutes.For(upstream));
        var (key, secret) = await store.IssueKeyAsync();
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));

        relay.Drop();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(Ok, await gateway.TryAsync(Path, secret));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        await store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);

        Assert.Equal(Revoked, await gateway.TryAsync(Path, secret));
        Assert.Equal(1, gateway.Services.GetRequiredService<ChangeFollower>().Incarnations);
    }
}
