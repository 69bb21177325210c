using Npgsql;

namespace Gateway.Tests;

/// <summary>
/// Notices when the machine itself stands still for a while, because others want all of it: then everything here is late,
/// and that is nobody's fault. It is recorded as a fault like any other, and the report counts it.
/// </summary>
public static class MachineWatch
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(200);

    // A quarter of what a store is given to answer: with a renewal every fifth of a lease, leases begin to run out.
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(250);

    /// <summary>Watches processor and disk as long as it is told.</summary>
    public static Task RunAsync(Fleet fleet, History history, RunClock clock, CancellationToken stop)
    {
        var processor = Task.Factory.StartNew(
            () => WatchProcessor(history, clock, stop),
            TaskCreationOptions.LongRunning
        );
        return Task.WhenAll(processor, WatchDiskAsync(fleet, history, clock, stop));
    }

    // On a thread of its own: that the pool is busy says nothing about the machine.
    private static void WatchProcessor(History history, RunClock clock, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var before = clock.Now;
            Thread.Sleep(Beat);
            Judge(history, before, clock.Now, Beat + Late);
        }
    }

    // A commit of our own, straight to the store: what renewals and receipts wait for.
    private static async Task WatchDiskAsync(Fleet fleet, History history, RunClock clock, CancellationToken stop)
    {
        await using var store = NpgsqlDataSource.Create(fleet.Store.ConnectionString);
        await ProbeAsync(store, "create table chaos_probe (number bigint); insert into chaos_probe values (0)");
        while (!stop.IsCancellationRequested)
        {
            var before = clock.Now;
            // While the store is down by our own doing, nothing is learned.
            if (await ProbeAsync(store, "update chaos_probe set number = number + 1"))
                Judge(history, before, clock.Now, Late);
            await Task.Delay(ProbeEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> ProbeAsync(NpgsqlDataSource store, string sql)
    {
        try
        {
            await using var command = store.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static void Judge(History history, TimeSpan before, TimeSpan after, TimeSpan atMost)
    {
        if (after - before > atMost)
            history.Add(new Fault(before, after, FaultKind.Delay, FaultTargets.Store));
    }
}
