using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>Waits for what happens beside the test, within a bound.</summary>
public static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>Returns as soon as the condition is true; fails the test when it is not within the bound.</summary>
    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    /// <summary>Returns as soon as the condition is true; fails the test when it is not within the bound.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(started.Elapsed < Bound, "It did not happen in time.");
            await Task.Delay(10);
        }
    }
}
