namespace Gateway;

/// <summary>
/// One renewal that every request waits for together that finds the lease over. A request that comes while one is being
/// tried joins it; one that comes soon after a failure is told so at once, so that an outage costs the first requests
/// some waiting and the others none.
/// </summary>
internal sealed class SharedRenewal(TimeProvider clock)
{
    // An attempt takes a second at most, and one that was begun on the connections of before is repeated once.
    private static readonly TimeSpan Patience = 2 * ChangeFollower.AnswerTimeout;

    private static readonly TimeSpan FailureHolds = TimeSpan.FromSeconds(2);

    // Some 100 MB of requests. Whoever comes on top of that is told at once what the others are told in the end.
    private const int MaxWaiting = 10_000;

    private readonly Lock _gate = new();
    private TaskCompletionSource<bool> _result = NewResult();
    private volatile bool _wanted;
    private long _failedAt;
    private int _waiting;

    /// <summary>Whether somebody waits for an attempt that has not begun yet.</summary>
    public bool IsWanted => _wanted;

    /// <summary>Waits for it.</summary>
    /// <param name="wake">Called when an attempt is needed.</param>
    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> WaitAsync(Action wake)
    {
        if (HasJustFailed())
            return false;
        var result = Volatile.Read(ref _result);
        var since = clock.GetTimestamp();
        _wanted = true;
        wake();
        try
        {
            return Interlocked.Increment(ref _waiting) <= MaxWaiting && await result.Task.WaitAsync(Patience, clock);
        }
        catch (TimeoutException)
        {
            GiveUp(result, since);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>An attempt begins.</summary>
    public void Begins() => _wanted = false;

    /// <summary>The lease holds again.</summary>
    public void Succeeded() => Settle(true, failedAt: 0);

    /// <summary>An attempt failed that was begun after the lease had ended.</summary>
    public void Failed() => Settle(false, clock.GetTimestamp());

    private bool HasJustFailed() =>
        Volatile.Read(ref _failedAt) is not 0 and var at && clock.GetElapsedTime(at) < FailureHolds;

    // As good as a failure, unless there has been an outcome meanwhile. It counts from when the patience was over, not
    // from now: after a pause of the process that is long ago, and says nothing about the attempt that comes next.
    private void GiveUp(TaskCompletionSource<bool> result, long since)
    {
        lock (_gate)
        {
            if (result == _result)
                Volatile.Write(ref _failedAt, since + (long)(Patience.TotalSeconds * clock.TimestampFrequency));
        }
    }

    private void Settle(bool succeeded, long failedAt)
    {
        TaskCompletionSource<bool> settled;
        lock (_gate)
        {
            Volatile.Write(ref _failedAt, failedAt);
            settled = _result;
            Volatile.Write(ref _result, NewResult());
        }
        settled.TrySetResult(succeeded);
    }

    private static TaskCompletionSource<bool> NewResult() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
