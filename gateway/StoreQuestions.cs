using System.Data.Common;
using Gateway.Keys.Storage;
using Npgsql;

namespace Gateway;

/// <summary>
/// Asks the store and waits for the answer for a bounded time, whatever the store does. What does not answer is left
/// behind: SQLite blocks the thread it is asked on, and cancelling a statement takes as long as a network that swallows
/// everything pleases. So a question only asks and changes nothing here, and what it writes must be harmless when it is
/// written late. Questions that are left behind are bounded too.
/// </summary>
internal sealed class StoreQuestions(TimeProvider clock)
{
    // One that hangs must not keep the next from being asked on a new connection; several that hang are an outage.
    private const int MaxAtOnce = 4;

    private int _asked;

    /// <summary>Asks.</summary>
    /// <param name="ask">The question; its token is cancelled when the time is over.</param>
    /// <param name="patience">How long the answer may take.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan patience, CancellationToken stop)
    {
        if (Interlocked.Increment(ref _asked) > MaxAtOnce)
        {
            Interlocked.Decrement(ref _asked);
            throw new TimeoutException("Earlier questions have not been answered.");
        }
        var answer = Task.Run(() => RunAsync(ask, patience, stop), CancellationToken.None);
        return await answer.WaitAsync(patience, clock, stop);
    }

    /// <summary>Why the store could not be asked, in a sentence for people. It names no secret: neither provider puts
    /// one into its messages.</summary>
    public static string Describe(Exception e) =>
        e switch
        {
            SchemaException => e.Message,
            PostgresException p => $"The store refuses: {p.MessageText} (SQLSTATE {p.SqlState}).",
            TimeoutException or OperationCanceledException => "The store does not answer in time.",
            DbException => $"The store cannot be reached: {e.Message}",
            _ => $"The store cannot be used ({e.GetType().Name}).",
        };

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan patience, CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(patience);
        try
        {
            return await ask(timeout.Token);
        }
        finally
        {
            Interlocked.Decrement(ref _asked);
        }
    }
}
