using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>Waits for what happens beside the test, within a bound.</summary>
public static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>Returns as soon as the condition is true; fails the test when it is not within the bound.</summary>
    /// <param name="condition">Asked every 10 ms.</param>
    /// <param name="within">The bound; 20 s when null.</param>
    public static Task TrueAsync(Func<bool> condition, TimeSpan? within = null) =>
        TrueAsync(() => Task.FromResult(condition()), within);

    /// <summary>Returns as soon as the condition is true; fails the test when it is not within the bound.</summary>
    /// <param name="condition">Asked every 10 ms.</param>
    /// <param name="within">The bound; 20 s when null.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        var started = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(started.Elapsed < (within ?? Bound), "It did not happen in time.");
            await Task.Delay(10);
        }
    }
}
