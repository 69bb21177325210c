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

    private TaskCompletionSource<bool> _result = NewResult();
    private volatile bool _wanted;
    private long _failedAt;

    /// <summary>Whether somebody waits for an attempt that has not begun yet.</summary>
    public bool IsWanted => _wanted;

    /// <summary>Waits for it.</summary>
    /// <param name="wake">Called when an attempt is needed.</param>
    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> WaitAsync(Action wake)
    {
        if (HasJustFailed())
            return false;
        var result = Volatile.Read(ref _result).Task;
        _wanted = true;
        wake();
        try
        {
            return await result.WaitAsync(Patience, clock);
        }
        catch (TimeoutException)
        {
            Volatile.Write(ref _failedAt, clock.GetTimestamp());
            return false;
        }
    }

    /// <summary>An attempt begins.</summary>
    public void Begins() => _wanted = false;

    /// <summary>The lease holds again.</summary>
    public void Succeeded()
    {
        Volatile.Write(ref _failedAt, 0);
        Settle(true);
    }

    /// <summary>An attempt failed that was begun after the lease had ended.</summary>
    public void Failed()
    {
        Volatile.Write(ref _failedAt, clock.GetTimestamp());
        Settle(false);
    }

    private bool HasJustFailed() =>
        Volatile.Read(ref _failedAt) is not 0 and var at && clock.GetElapsedTime(at) < FailureHolds;

    private void Settle(bool succeeded) => Interlocked.Exchange(ref _result, NewResult()).TrySetResult(succeeded);

    private static TaskCompletionSource<bool> NewResult() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
