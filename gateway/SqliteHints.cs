using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// Wakes the follower as somebody commits to the SQLite file. Only a hint: whatever is lost here, the poll finds. On a
/// thread of its own, because forty looks a second on the pool's threads, which spin before they sleep, would take some
/// per cent of a processor from a gateway that has nothing to do.
/// </summary>
public sealed class SqliteHints(Database database, ChangeFollower follower) : IHostedService, IDisposable
{
    // What a change takes at most to be noticed. Waiting for it is part of every receipt.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (database.WatchCommits() is { } watch)
        {
            _thread = new Thread(() => Look(watch)) { IsBackground = true, Name = "SQLite hints" };
            _thread.Start();
        }
        return Task.CompletedTask;
    }

    /// <summary>Does not wait for the thread: a file system that does not answer would hold it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _stop.CancelAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        // It ends within an interval, and holds a connection until then.
        _thread?.Join(Interval * 4);
    }

    private void Look(CommitWatch watch)
    {
        using (watch)
        {
            while (!_stop.Token.WaitHandle.WaitOne(Interval))
            {
                if (watch.HasNews())
                    follower.Wake();
            }
        }
    }
}
