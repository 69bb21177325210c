using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Gateway_ComesBack_AsItWasEntered_WithTheStoresClock()
    {
        var gateway = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(gateway));

        var row = Assert.Single(await ReadAsync(s => s.ListGatewaysAsync()));

        Assert.Equal(gateway, row with { StartedAt = default, RenewedAt = default });
        Assert.InRange(row.StartedAt, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(row.StartedAt, row.RenewedAt, TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task Renewal_AnswersTheHead_AndRecordsWhatIsInForce()
    {
        var gateway = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(gateway));
        await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));

        Task<Renewal?> RenewAsync(long number, long applied) =>
            WriteAsync(s =>
                s.RenewGatewayAsync(
                    gateway.Incarnation,
                    number,
                    applied,
                    TimeSpan.FromSeconds(7),
                    TimeSpan.FromMilliseconds(1500.5)
                )
            );

        var first = await RenewAsync(1, 0);
        var second = await RenewAsync(2, 1);

        Assert.Equal((1, 1), (first!.Head, second!.Head));
        Assert.True(second.StoreNow >= first.StoreNow);
        var row = Assert.Single(await ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
        Assert.Equal((1, 2), (row.Applied, row.Renewals));
        Assert.Equal(second.StoreNow, row.RenewedAt);
        // Rounded up: whoever waits for the staleness must not wait too short.
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromMilliseconds(1501)), (row.Lease, row.MaxStaleness));
    }

    [Fact]
    public async Task OpenGateways_AreCounted_ThatHaveRenewedSince()
    {
        var (open, closed) = (Sample.Gateway(), Sample.Gateway());
        await WriteAsync(s => s.InsertGatewayAsync(open));
        await WriteAsync(s => s.InsertGatewayAsync(closed));
        await WriteAsync(s => s.CloseGatewayAsync(closed.Incarnation));
        var renewed = Assert.Single(await ReadAsync(s => s.ListGatewaysAsync(openOnly: true))).RenewedAt;

        Assert.Equal(1, await ReadAsync(s => s.CountOpenGatewaysAsync(renewed.AddSeconds(-1))));
        Assert.Equal(0, await ReadAsync(s => s.CountOpenGatewaysAsync(renewed.AddSeconds(1))));
    }

    [Fact]
    public async Task RenewalThatComesLate_ChangesNothing()
    {
        var gateway = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(gateway));
        await WriteAsync(s => s.InsertGatewayAsync(gateway));

        Task<Renewal?> RenewAsync(long number, long applied, int staleness) =>
            WriteAsync(s =>
                s.RenewGatewayAsync(
                    gateway.Incarnation,
                    number,
                    applied,
                    gateway.Lease,
                    TimeSpan.FromSeconds(staleness)
                )
            );

        Assert.NotNull(await RenewAsync(2, 7, 3600));
        Assert.Null(await RenewAsync(1, 3, 60));
        Assert.Null(await RenewAsync(2, 3, 60));

        var row = Assert.Single(await ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal((7, 2, TimeSpan.FromHours(1)), (row.Applied, row.Renewals, row.MaxStaleness));
    }

    [Fact]
    public async Task OtherSettings_AreThoseOfTheAdminApi_AndOfGatewaysThatRun()
    {
        var past = DateTimeOffset.UtcNow.AddMinutes(-1);
        var (one, other, closed) = (Sample.Gateway(), Sample.Gateway(), Sample.Gateway());
        await WriteAsync(s => s.InsertGatewayAsync(one));
        await WriteAsync(s => s.InsertGatewayAsync(other with { InstanceId = "edge-2", SettingsHash = "def" }));
        await WriteAsync(s => s.InsertGatewayAsync(closed with { InstanceId = "edge-3", SettingsHash = "def" }));
        await WriteAsync(s => s.CloseGatewayAsync(closed.Incarnation));

        Assert.Equal(["edge-2"], await ReadAsync(s => s.ListOtherSettingsAsync("abc", past)));
        Assert.Empty(await ReadAsync(s => s.ListOtherSettingsAsync("abc", past.AddMinutes(2))));
        await WriteAsync(s => s.PublishSettingsAsync(PublishedSettings.Admin, "def"));
        Assert.Equal(["admin-api", "edge-2"], await ReadAsync(s => s.ListOtherSettingsAsync("abc", past)));
        await WriteAsync(s => s.PublishSettingsAsync(PublishedSettings.Admin, "abc"));
        Assert.Equal(["edge-2"], await ReadAsync(s => s.ListOtherSettingsAsync("abc", past)));
    }

    [Fact]
    public async Task ClosedOrMissingRow_CannotRenew()
    {
        var gateway = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(gateway));

        Task<Renewal?> RenewAsync(string incarnation) =>
            WriteAsync(s => s.RenewGatewayAsync(incarnation, 1, 0, gateway.Lease, gateway.MaxStaleness));

        await WriteAsync(s => s.CloseGatewayAsync(gateway.Incarnation));

        Assert.Null(await RenewAsync(gateway.Incarnation));
        Assert.Null(await RenewAsync("none"));
        Assert.Empty(await ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
        var closed = Assert.Single(await ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal((GatewayRow.Closed, 0), (closed.State, closed.Renewals));
    }

    [Fact]
    public async Task LostGateway_IsClosed_UnlessItHasRenewedMeanwhile()
    {
        var gateway = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(gateway));
        Task<bool> CloseAsync(long renewals) => WriteAsync(s => s.CloseLostGatewayAsync(gateway.Incarnation, renewals));
        Task<Renewal?> RenewAsync(long number) =>
            WriteAsync(s => s.RenewGatewayAsync(gateway.Incarnation, number, 0, gateway.Lease, gateway.MaxStaleness));

        await RenewAsync(1);

        Assert.False(await CloseAsync(0));
        Assert.NotNull(await RenewAsync(2));
        Assert.True(await CloseAsync(2));
        Assert.False(await CloseAsync(2));
        Assert.Null(await RenewAsync(3));
    }

    [Fact]
    public async Task Acknowledgements_AreKept_OncePerChangeAndIncarnation()
    {
        var account = await _store.AddAccountAsync();
        for (var i = 0; i < 3; i++)
            await _store.AddKeyAsync(Sample.Key(account));

        await WriteAsync(s => s.AcknowledgeAsync("one", [(1, 0), (2, 5)]));
        await WriteAsync(s => s.AcknowledgeAsync("one", [(2, 9), (3, 0), (99, 0)]));
        await WriteAsync(s => s.AcknowledgeAsync("two", [(2, 1)]));
        await WriteAsync(s => s.AcknowledgeAsync("two", []));

        var found = await ReadAsync(s => s.ListAcknowledgementsAsync(2, 99));
        Assert.Equal(
            [(2, "one", 5), (2, "two", 1), (3, "one", 0)],
            found.Select(a => (a.ChangeNumber, a.Incarnation, a.StreamsClosed))
        );
        Assert.All(found, a => Assert.InRange(a.AppliedAfterMs, 0, 60_000));
    }

    [Fact]
    public async Task Acknowledging_MovesWhatTheRowHasApplied_ForwardOnly()
    {
        var gateway = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(gateway));
        async Task<long> AppliedAsync() => Assert.Single(await ReadAsync(s => s.ListGatewaysAsync())).Applied;

        await WriteAsync(s => s.AcknowledgeAsync(gateway.Incarnation, [(1, 0), (2, 0)]));
        Assert.Equal(2, await AppliedAsync());
        await WriteAsync(s => s.AcknowledgeAsync(gateway.Incarnation, [(1, 0)]));
        await WriteAsync(s => s.AcknowledgeAsync("another", [(3, 0)]));
        Assert.Equal(2, await AppliedAsync());
    }

    [Fact]
    public async Task Change_NamesKeyOrAccount_AndIsReadFromTheOneAppliedLast()
    {
        var account = await _store.AddAccountAsync();
        var key = await _store.AddKeyAsync(Sample.Key(account) with { PepperId = "p1" });
        var number = await WriteAsync(s => s.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id));

        var changes = await ReadAsync(s => s.ReadChangesAsync(1, 10));

        Assert.Equal([1, 2], changes.Select(c => c.Number));
        Assert.Equal(
            (ChangeKinds.KeyCreated, key.Id, account.Id),
            (changes[0].Kind, changes[0].KeyId, changes[0].AccountId)
        );
        Assert.Equal(key.Hash, changes[0].KeyHash);
        Assert.Equal(("p1", key.KeyPrefix), (changes[0].PepperId, changes[0].KeyPrefix));
        Assert.Equal((2, null, null), (number, changes[1].KeyId, changes[1].KeyHash));
        Assert.NotEqual(changes[0].Id, changes[1].Id);
        Assert.Equal(changes[1], await ReadAsync(s => s.GetChangeAsync(2)));
        Assert.Null(await ReadAsync(s => s.GetChangeAsync(3)));
        Assert.Equal([2], (await ReadAsync(s => s.ReadChangesAsync(2, 10))).Select(c => c.Number));
        Assert.Equal([1], (await ReadAsync(s => s.ReadChangesAsync(0, 1))).Select(c => c.Number));
        Assert.Equal([2, 1], (await ReadAsync(s => s.ListChangesAsync(9))).Select(c => c.Number));
        Assert.Equal([2], (await ReadAsync(s => s.ListChangesAsync(1))).Select(c => c.Number));
        Assert.Equal([1], (await ReadAsync(s => s.ListChangesAsync(9, 2))).Select(c => c.Number));
    }

    [Fact]
    public async Task PruningTheFeed_KeepsItsNewestRow_AndTheHead()
    {
        var account = await _store.AddAccountAsync();
        for (var i = 0; i < 3; i++)
            await _store.AddKeyAsync(Sample.Key(account));
        await WriteAsync(s => s.AcknowledgeAsync("one", [(1, 0), (2, 0), (3, 0)]));
        var future = DateTimeOffset.UtcNow.AddDays(1);

        Assert.Equal(0, await WriteAsync(s => s.PruneChangesAsync(Sample.Now.AddYears(-10))));
        Assert.Equal(2, await WriteAsync(s => s.PruneChangesAsync(future)));
        Assert.Equal(0, await WriteAsync(s => s.PruneChangesAsync(future)));
        Assert.Equal([3], (await ReadAsync(s => s.ReadChangesAsync(0, 10))).Select(c => c.Number));
        Assert.Equal(3, await ReadAsync(s => s.GetHeadAsync()));

        Assert.Equal(2, await WriteAsync(s => s.PruneFleetAsync(Sample.Now.AddYears(-10))));
        Assert.Equal([3], (await ReadAsync(s => s.ListAcknowledgementsAsync(0, 9))).Select(a => a.ChangeNumber));
    }

    // Also by an admin process whose clock is ahead: what is open may judge.
    [Fact]
    public async Task PruningTheFleet_ForgetsThoseThatHaveEnded_AndNoneThatMayJudge()
    {
        var (open, closed) = (Sample.Gateway(), Sample.Gateway());
        await WriteAsync(s => s.InsertGatewayAsync(open));
        await WriteAsync(s => s.InsertGatewayAsync(closed));
        await WriteAsync(s => s.CloseGatewayAsync(closed.Incarnation));
        var future = DateTimeOffset.UtcNow.AddYears(1);

        Assert.Equal(0, await WriteAsync(s => s.PruneFleetAsync(Sample.Now.AddYears(-10))));
        Assert.Equal(1, await WriteAsync(s => s.PruneFleetAsync(future)));
        Assert.Equal(0, await WriteAsync(s => s.PruneFleetAsync(future)));

        var left = Assert.Single(await ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal(open.Incarnation, left.Incarnation);
        Assert.NotNull(
            await WriteAsync(s => s.RenewGatewayAsync(left.Incarnation, 1, 0, open.Lease, open.MaxStaleness))
        );
    }
}
