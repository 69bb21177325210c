namespace Gateway.Tests;

/// <summary>The one poll that everybody waits for who presents a key nobody has heard of.</summary>
public sealed class SharedPollTests
{
    private readonly SharedPoll _polls;
    private int _woken;

    public SharedPollTests() => _polls = new SharedPoll(TimeProvider.System);

    [Fact]
    public async Task PollThatHasBegun_IsForThoseBeforeIt_AndNotForThoseAfter()
    {
        var (one, two) = (WaitAsync(), WaitAsync());
        var first = _polls.Begins();
        var three = WaitAsync();

        first!.SetResult(true);
        Assert.True(await one && await two);
        Assert.False(three.IsCompleted);
        _polls.Begins()!.SetResult(true);
        Assert.True(await three);
        Assert.Null(_polls.Begins());
    }

    [Fact]
    public async Task PollThatFails_IsTriedAgain_AndThenCounts()
    {
        var one = WaitAsync();
        var first = _polls.Begins();
        var two = WaitAsync();

        // Somebody waits for the next already: the first are told, the others are not.
        _polls.Failed(first);
        Assert.False(await one);
        var second = _polls.Begins();
        _polls.Failed(second);
        Assert.False(two.IsCompleted);
        Assert.Same(second, _polls.Begins());
        second!.SetResult(true);
        Assert.True(await two);
    }

    [Fact]
    public async Task WhatFailsAfterThePoll_TakesNothingBack_AndServesNobodyElse()
    {
        var one = WaitAsync();
        var first = _polls.Begins();
        first!.SetResult(true);
        _polls.Failed(first);

        Assert.True(await one);
        Assert.False(WaitAsync().IsCompleted);
        Assert.NotSame(first, _polls.Begins());
    }

    [Fact]
    public async Task Many_WakeOnce_AndNotSoonAfterAPoll()
    {
        _polls.Begins();
        var many = Enumerable.Range(0, 100).Select(_ => WaitAsync()).ToList();
        Assert.Equal(0, Volatile.Read(ref _woken));

        await Eventually.TrueAsync(() => Volatile.Read(ref _woken) == 1);
        _polls.Begins()!.SetResult(true);
        Assert.All(await Task.WhenAll(many), Assert.True);
        Assert.Equal(1, Volatile.Read(ref _woken));
    }

    [Fact]
    public async Task WithoutAPoll_NobodyWaitsForLong() => Assert.False(await WaitAsync());

    private Task<bool> WaitAsync() => _polls.WaitAsync(() => Interlocked.Increment(ref _woken));
}
