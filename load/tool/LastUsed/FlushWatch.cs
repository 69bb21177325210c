using System.Diagnostics;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>Looks every so often at what a gateway has in line, and in the end at what its store was given.</summary>
internal sealed class FlushWatch : IAsyncDisposable
{
    // Its last use, and the count of its key and hour.
    private const int RowsPerKey = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly ScaleStore _store;
    private readonly Task<(long Transactions, long Bytes)> _before;
    private readonly Task _watching;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ServerProcess _gateway;
    private double _pendingMax;
    private double _rowsMax;

    /// <summary>Begins to look.</summary>
    public FlushWatch(ScaleStore store, ServerProcess gateway)
    {
        (_store, _gateway, _before) = (store, gateway, LookAsync(store, gateway));
        _watching = WatchAsync();
    }

    /// <summary>Tells what was seen.</summary>
    /// <param name="sheet">Where to.</param>
    /// <param name="keys">How many keys there are.</param>
    public async Task TellAsync(ResultSheet sheet, int keys)
    {
        var rows = keys * RowsPerKey;
        var seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        var (before, after) = (await _before, await LookAsync(_store, _gateway));
        await using var database = Database.Create(_store.Store);
        var parts = Math.Ceiling(_rowsMax / RowsPerKey / UsageStore.PerPart(database.Dialect));
        // What is being written, and meanwhile a cell for each key again.
        sheet.AtMost("rows in line, most at once", _pendingMax, 2 * rows);
        sheet.AtMost("rows of a flush, most", _rowsMax, rows);
        sheet.Tell("statements of the largest flush", parts * UsesWriter.StatementsPerPart(database.Dialect), "");
        sheet.Tell("transactions a second", (after.Transactions - before.Transactions) / seconds, "");
        sheet.Tell("written by the store", (after.Bytes - before.Bytes) / seconds / (1 << 20), " MiB/s");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _pendingMax = Math.Max(_pendingMax, await _gateway.MetricAsync("gateway_lastused_pending"));
            _rowsMax = Math.Max(_rowsMax, await _gateway.MetricAsync("gateway_lastused_flush_rows"));
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Transactions of flushes so far, and bytes that went to the log (Postgres) or to any file (SQLite).
    private static async Task<(long Transactions, long Bytes)> LookAsync(ScaleStore store, ServerProcess gateway)
    {
        await using var database = Database.Create(store.Store);
        return await database.ReadAsync(async s =>
        {
            var transactions = await s.ValueAsync<long>("select count(*) from usage_batches");
            var bytes =
                s.Dialect == Dialect.Postgres
                    ? await s.ValueAsync<long>("select cast(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bigint)")
                    : gateway.WrittenBytes;
            return (transactions, bytes);
        });
    }
}
