namespace Gateway;

/// <summary>
/// One poll that every request waits for together that needs all to be applied that was committed when it came. Whoever
/// comes while one runs waits for the next, which begins a little later: a flood of such requests is answered a batch at
/// a time, and costs the store so many polls a second and no more.
/// </summary>
internal sealed class SharedPoll(TimeProvider clock)
{
    // Two attempts: one that was begun on a connection that had died unnoticed is repeated on a new one.
    private static readonly TimeSpan Patience = 2 * ChangeFollower.AnswerTimeout;

    // From one poll to the next that only these requests want.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(20);

    // As many as wait for a renewal. Whoever comes on top of that is told at once what the others are told in the end.
    private const int MaxWaiting = 10_000;

    private readonly Lock _gate = new();
    private TaskCompletionSource<bool>? _next;
    private long _began;
    private int _waiting;

    /// <summary>Waits for it.</summary>
    /// <param name="wake">Called when a poll is needed.</param>
    /// <returns>Whether all that was committed before the call is applied.</returns>
    public async Task<bool> WaitAsync(Action wake)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }
        try
        {
            return await Join(wake).WaitAsync(Patience, clock);
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>A poll begins.</summary>
    /// <returns>Those it is for: who has asked by now; null for nobody.</returns>
    public TaskCompletionSource<bool>? Begins()
    {
        lock (_gate)
        {
            var served = _next;
            (_next, _began) = (null, clock.GetTimestamp());
            return served;
        }
    }

    /// <summary>A step of the follower has failed: those its poll was for, unless it had come that far, wait for
    /// another.</summary>
    public void Failed(TaskCompletionSource<bool>? served)
    {
        if (served is null || served.Task.IsCompleted)
            return;
        lock (_gate)
        {
            if (_next is null)
            {
                _next = served;
                return;
            }
        }
        served.TrySetResult(false);
    }

    private Task<bool> Join(Action wake)
    {
        lock (_gate)
        {
            if (_next is { } joined)
                return joined.Task;
            _next = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = WakeAsync(wake, Apart - clock.GetElapsedTime(_began));
            return _next.Task;
        }
    }

    private async Task WakeAsync(Action wake, TimeSpan left)
    {
        if (left > TimeSpan.Zero)
            await Task.Delay(left, clock);
        wake();
    }
}
