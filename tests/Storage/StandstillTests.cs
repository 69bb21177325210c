using Dapper;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Npgsql;

namespace Gateway.Tests;

/// <summary>Processes that stand still between two statements, and what of theirs is locked on Postgres meanwhile.</summary>
public sealed class StandstillTests
{
    [Fact]
    public async Task RenewalsAndAcknowledgements_LeaveNoTransactionOpen_WhateverBecomesOfTheirProcess()
    {
        await using var store = await TestStore.PostgresAsync();
        var row = Sample.Gateway();
        await store.IssueKeyAsync();
        await store.Database.WriteAsync(s => s.InsertGatewayAsync(row));
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var gateway = Database.Create(options);
        await gateway.ReadAsync(s => s.GetHeadAsync());
        // Each step there and each back takes so long that a transaction of several would be seen.
        relay.Delay = TimeSpan.FromSeconds(0.3);

        await IsNeverSeenAsync(
            store,
            gateway.WriteAtOnceAsync(s => s.RenewGatewayAsync(row.Incarnation, 1, 0, row.Lease, row.MaxStaleness))
        );
        await IsNeverSeenAsync(store, gateway.WriteAtOnceAsync(s => s.AcknowledgeAsync(row.Incarnation, [(1, 0)])));

        var after = Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal((1, 1), (after.Renewals, after.Applied));
        Assert.Single(await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(1, 1)));
    }

    [Fact]
    public async Task WhatIsWrittenAtOnce_IsWrittenAltogether_OrNotAtAll()
    {
        await using var store = await TestStore.PostgresAsync();
        var row = Sample.Gateway();
        await store.Database.WriteAsync(s => s.InsertGatewayAsync(row));

        await Assert.ThrowsAsync<PostgresException>(() =>
            store.Database.WriteAtOnceAsync(s =>
                s.ExecuteAsync("update gateways set applied = 9; update gateways set applied = 1 / (applied - 9)")
            )
        );

        Assert.Equal(0, Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync())).Applied);
    }

    [Fact]
    public async Task NoAcknowledgementWaitsForTheDisk_AndWhatComesNextDoes()
    {
        await using var store = await TestStore.PostgresAsync();

        await using var connection = await store.Database.Source.OpenConnectionAsync();
        await using var answers = await connection.QueryMultipleAsync(
            store.Database.Dialect.MayBeLost + "show synchronous_commit"
        );
        await answers.ReadSingleAsync<string>();
        var within = await answers.ReadSingleAsync<string>();
        await answers.DisposeAsync();
        var after = await connection.ExecuteScalarAsync<string>("show synchronous_commit");

        Assert.Equal(("off", "on"), (within, after));
    }

    [Fact]
    public async Task ProcessThatStandsStillInATransaction_KeepsItsLocksForSeconds_AndLosesIt()
    {
        await using var store = await TestStore.PostgresAsync();
        await using var paused = store.OpenAgain();
        var (isLocked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var standing = paused.WriteAsync(async s =>
        {
            await s.AppendChangeAsync(ChangeKinds.AccountUpdated, "acc_1");
            isLocked.SetResult();
            await goOn.Task;
        });
        await isLocked.Task;

        // Less than a statement may take, so whoever waits for the lock still gets it.
        var number = await store.Database.WriteAsync(s => s.AppendChangeAsync(ChangeKinds.AccountUpdated, "acc_2"));
        goOn.SetResult();

        Assert.Equal(1, number);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => standing);
        var change = Assert.Single(await store.Database.ReadAsync(s => s.ReadChangesAsync(0, 9)));
        Assert.Equal("acc_2", change.AccountId);
    }

    private static async Task IsNeverSeenAsync(TestStore store, Task write)
    {
        await using var watch = await store.Database.Source.OpenConnectionAsync();
        var looks = 0;
        for (; !write.IsCompleted; looks++)
        {
            var open = await watch.ExecuteScalarAsync<long>(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and state like 'idle in transaction%'
                """
            );
            Assert.Equal(0, open);
            await Task.Delay(10);
        }
        await write;
        Assert.True(looks > 5, $"{looks} looks say nothing.");
    }
}
