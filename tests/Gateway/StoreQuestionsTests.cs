namespace Gateway.Tests;

/// <summary>What the follower asks of a store that does not answer: not waited for for long, and never more of it than a
/// few at once, whichever way the store blocks.</summary>
public sealed class StoreQuestionsTests
{
    private const int AtOnce = 4;
    private const int Tries = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task QuestionsThatAreLeftBehind_AreBounded_AndTheNextIsAskedOnceTheyAreAnswered(bool blocksItsThread)
    {
        var questions = new StoreQuestions(TimeProvider.System);
        using var stuck = new ManualResetEventSlim();
        var answered = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = 0;

        for (var i = 0; i < Tries; i++)
            await Assert.ThrowsAsync<TimeoutException>(() => AskAsync(StuckAsync));
        // Each is begun sooner or later; those beyond were not taken up at all.
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == AtOnce);

        stuck.Set();
        answered.SetResult(1);
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return await AskAsync(_ => Task.FromResult(7), patience: TimeSpan.FromSeconds(20)) == 7;
            }
            catch (TimeoutException)
            {
                return false;
            }
        });
        Assert.Equal(AtOnce, begun);

        Task<int> AskAsync(Func<CancellationToken, Task<int>> ask, TimeSpan? patience = null) =>
            questions.AskAsync(ask, patience ?? TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);

        Task<int> StuckAsync(CancellationToken ct)
        {
            Interlocked.Increment(ref begun);
            if (blocksItsThread)
                stuck.Wait(CancellationToken.None);
            return answered.Task;
        }
    }
}
