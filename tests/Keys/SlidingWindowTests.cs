using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>A limit is kept to the request, whoever asks and whenever.</summary>
public sealed class SlidingWindowTests
{
    private const long Frequency = 1_000_000_000;

    // As after some days.
    private const long Now = 400_000 * Frequency;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 60)]
    [InlineData(100, 1)]
    [InlineData(1_000_000, 86_400)]
    public void AfterAPause_TheWholeLimitIsAdmitted_AndNotOneMore(int requests, int seconds)
    {
        var (window, word) = (new SlidingWindow(seconds, Frequency), 0L);

        var admitted = Count(window, ref word, requests, Enumerable.Repeat(Now, requests + 100));

        Assert.Equal(requests, admitted);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(7, 10)]
    [InlineData(100, 1)]
    [InlineData(3_000, 60)]
    public void TwiceTheLimit_ForTwentyWindows_IsKeptToIt(int requests, int seconds)
    {
        var (window, word) = (new SlidingWindow(seconds, Frequency), 0L);
        var length = seconds * Frequency;

        var admitted = Count(window, ref word, requests, Enumerable.Range(0, 40 * requests).Select(Arrival));

        // A window begins up to a step before its first request.
        Assert.InRange(admitted, 19 * requests, (20 * requests) + (requests / 512));

        long Arrival(int i) => Now + (long)(length * (double)i / requests / 2);
    }

    // A request long before the rest is the worst place for a window to begin.
    [Fact]
    public void TwiceTheLimit_AfterOneRequestAtAnyMoment_IsHalfAWindowTooMuchAtMost()
    {
        for (var phase = 0.0; phase < 1; phase += 0.05)
        {
            var (window, word) = (new SlidingWindow(10, Frequency), 0L);
            var began = Now + (long)(10 * Frequency * phase);
            var arrivals = Enumerable.Range(0, 20 * 200).Select(i => began + (long)(10 * Frequency * i / 200.0));

            var admitted = Count(window, ref word, 100, arrivals.Prepend(Now));

            Assert.InRange(admitted, 19 * 100, (20 * 100) + 50);
        }
    }

    // Whoever keeps to the limit is never refused.
    [Theory]
    [InlineData(1, 60)]
    [InlineData(10, 1)]
    public void RequestsAsEvenAsTheLimit_AreAllAdmitted(int requests, int seconds)
    {
        var (window, word) = (new SlidingWindow(seconds, Frequency), 0L);
        var every = (seconds * Frequency / requests) + 1;

        Assert.Equal(500, Count(window, ref word, requests, Enumerable.Range(0, 500).Select(i => Now + (i * every))));
    }

    [Fact]
    public void AnyPattern_StaysWithinTwiceTheLimitInAnyWindow_AndWithinItOverTime()
    {
        var random = new Random(6);
        for (var run = 0; run < 50; run++)
        {
            var (window, word, limit) = (new SlidingWindow(1, Frequency), 0L, random.Next(1, 40));
            var (at, admitted) = (Now, new List<long>());
            while (at < Now + (30 * Frequency))
            {
                at += random.Next(10) == 0 ? random.NextInt64(2 * Frequency) : random.NextInt64(Frequency / limit);
                if (window.TryTake(ref word, limit, at, out var answer) && answer.Admitted)
                    admitted.Add(at);
            }

            var most = admitted.Select((t, i) => admitted.Skip(i).TakeWhile(u => u < t + Frequency).Count()).Max();
            Assert.InRange(most, 1, 2 * limit);
            Assert.InRange(admitted.Count, 1, limit * 33);
        }
    }

    [Fact]
    public void RefusedRequest_IsToldWhenOneIsAdmitted_NeitherSoonerNorMuchLater()
    {
        var random = new Random(7);
        var step = 10 * Frequency / 1024;
        for (var run = 0; run < 300; run++)
        {
            var (window, word, limit) = (new SlidingWindow(10, Frequency), 0L, random.Next(1, 30));
            var at = Now + random.NextInt64(Frequency);
            LimitAnswer answer;
            do
            {
                at += random.NextInt64(5 * Frequency / limit);
                Assert.True(window.TryTake(ref word, limit, at, out answer));
            } while (answer.Admitted);

            var wait = (long)(answer.Wait.TotalSeconds * Frequency);
            Assert.True(window.Look(word, limit, at + wait + 200).Admitted);
            Assert.False(wait > 3 * step && window.Look(word, limit, at + wait - (3 * step)).Admitted);
        }
    }

    [Fact]
    public void WhatRemains_IsTold_AndNoFasterThanTheLimit()
    {
        var (window, word) = (new SlidingWindow(60, Frequency), 0L);

        window.TryTake(ref word, 10, Now, out var first);
        window.TryTake(ref word, 10, Now + (50 * Frequency), out var second);

        Assert.Equal((true, 9), (first.Admitted, first.Remaining));
        Assert.InRange(first.Wait.TotalSeconds, 59.9, 60);
        // Eight in what is left of the window would be more than the limit is.
        Assert.Equal((true, 8), (second.Admitted, second.Remaining));
        Assert.InRange(second.Wait.TotalSeconds, 47.9, 48.1);
    }

    [Fact]
    public async Task ManyThreads_AreCountedExactlyOnce()
    {
        var (window, word) = (new SlidingWindow(60, Frequency), new long[1]);
        var admitted = 0;

        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(t =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 50_000; i++)
                        {
                            // Clocks that are read in one order, and used in another.
                            if (window.TryTake(ref word[0], 100_000, Now + i - (t * 1_000), out var a) && a.Admitted)
                                Interlocked.Increment(ref admitted);
                        }
                    })
                )
        );

        Assert.Equal(100_000, admitted);
    }

    [Fact]
    public void LongPause_LeavesNothing()
    {
        for (var windows = 2; windows < 16_000; windows += 97)
        {
            var (window, word) = (new SlidingWindow(1, Frequency), 0L);
            Count(window, ref word, 5, Enumerable.Repeat(Now, 9));

            Assert.Equal(5, Count(window, ref word, 5, Enumerable.Repeat(Now + (windows * Frequency), 9)));
        }
    }

    [Fact]
    public void ClockThatIsBehind_FindsWhatIsCounted()
    {
        var (window, word) = (new SlidingWindow(1, Frequency), 0L);
        Count(window, ref word, 5, Enumerable.Repeat(Now, 5));

        Assert.Equal(0, Count(window, ref word, 5, [Now - (Frequency / 2), Now - (2 * Frequency)]));
    }

    [Fact]
    public void RequestsThatOthersHaveAdmitted_Count()
    {
        var (window, word) = (new SlidingWindow(1, Frequency), 0L);
        for (var i = 0; i < 7; i++)
            window.Note(ref word, Now);

        Assert.Equal(3, Count(window, ref word, 10, Enumerable.Repeat(Now, 9)));
        Assert.False(window.Look(word, 10, Now).Admitted);
        Assert.False(window.IsIdle(word, Now + Frequency));
        Assert.True(window.IsIdle(word, Now + (2 * Frequency)));
    }

    private static int Count(SlidingWindow window, ref long word, int limit, IEnumerable<long> arrivals)
    {
        var admitted = 0;
        foreach (var at in arrivals)
            admitted += window.TryTake(ref word, limit, at, out var answer) && answer.Admitted ? 1 : 0;
        return admitted;
    }
}
