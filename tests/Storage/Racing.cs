namespace Gateway.Tests;

/// <summary>Runs the same thing many times at once.</summary>
internal static class Racing
{
    /// <summary>Starts all runs together and gives their results in the order of their numbers, from 0.</summary>
    public static async Task<T[]> RunAsync<T>(int count, Func<int, Task<T>> run)
    {
        using var start = new SemaphoreSlim(0);
        var runs = Enumerable
            .Range(0, count)
            .Select(i =>
                Task.Run(async () =>
                {
                    await start.WaitAsync();
                    return await run(i);
                })
            )
            .ToArray();
        start.Release(count);
        return await Task.WhenAll(runs);
    }
}
