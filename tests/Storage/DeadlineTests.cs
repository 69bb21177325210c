using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What hangs on a token of the store may throw as it is cancelled; nobody who cancels is to hear of it.</summary>
public sealed class DeadlineTests
{
    [Fact]
    public async Task WhoeverGivesUp_HearsNothing_OfADriverThatThrowsAsItIsCancelled()
    {
        using var given = new CancellationTokenSource();
        using var limit = new Deadline(Timeout.InfiniteTimeSpan, given.Token);
        using var _ = limit.Token.Register(() => throw new ObjectDisposedException("an event of the driver's"));

        await given.CancelAsync();

        Assert.True(limit.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task TimeThatRunsOut_CancelsAll_ThoughOneOfThemThrows()
    {
        using var limit = new Deadline(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        var told = new TaskCompletionSource();
        using var first = limit.Token.Register(() => told.TrySetResult());
        // Callbacks are called last come, first served. Thrown in a timer, this would end the process.
        using var _ = limit.Token.Register(() => throw new ObjectDisposedException("an event of the driver's"));

        await told.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(limit.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task WhatIsOver_IsNotCancelledAnyMore()
    {
        using var given = new CancellationTokenSource();
        var limit = new Deadline(Timeout.InfiniteTimeSpan, given.Token);
        var token = limit.Token;
        limit.Dispose();

        await given.CancelAsync();

        Assert.False(token.IsCancellationRequested);
    }
}
