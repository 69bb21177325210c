namespace Gateway.Tests;

/// <summary>The one renewal that everybody waits for: who is told what, and for how long a failure is remembered.</summary>
public sealed class SharedRenewalTests
{
    private readonly TestClock _clock = new();
    private readonly SharedRenewal _renewal;

    public SharedRenewalTests() => _renewal = new SharedRenewal(_clock);

    [Fact]
    public async Task Outcome_IsForWhoWaits_AndAFailureForWhoComesSoonAfter()
    {
        var (one, two) = (WaitAsync(), WaitAsync());
        _renewal.Succeeded();
        Assert.True(await one && await two);

        var three = WaitAsync();
        _renewal.Failed();
        Assert.False(await three);
        Assert.True(WaitAsync() is { IsCompletedSuccessfully: true, Result: false });

        _renewal.Succeeded();
        var four = WaitAsync();
        Assert.False(four.IsCompleted);
        _renewal.Failed();
        await four;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(WaitAsync().IsCompleted);
    }

    [Fact]
    public async Task WaitThatIsGivenUp_CountsAsAFailure_ButNotAfterAnOutcome()
    {
        var waiting = WaitAsync();
        Assert.False(await waiting);
        Assert.True(WaitAsync().IsCompleted);

        _renewal.Succeeded();
        Assert.False(WaitAsync().IsCompleted);
    }

    [Fact]
    public async Task WaitThatIsGivenUp_BecauseTheProcessStoodStill_SaysNothingOfTheAttemptThatComesNext()
    {
        var waiting = WaitAsync();
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.False(await waiting);

        var next = WaitAsync();
        Assert.False(next.IsCompleted);
        _renewal.Succeeded();
        Assert.True(await next);
    }

    [Fact]
    public async Task WhoeverIsOneTooMany_IsToldAtOnce_AndTheOthersWait()
    {
        var waiting = Enumerable.Range(0, 10_000).Select(_ => WaitAsync()).ToList();

        Assert.True(WaitAsync() is { IsCompletedSuccessfully: true, Result: false });
        _renewal.Succeeded();

        Assert.All(await Task.WhenAll(waiting), Assert.True);
        Assert.False(WaitAsync().IsCompleted);
    }

    private Task<bool> WaitAsync() => _renewal.WaitAsync(() => { });
}
