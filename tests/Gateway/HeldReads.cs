using System.Collections.Concurrent;

namespace Gateway.Tests;

/// <summary>Reads that return when the test says so.</summary>
internal sealed class HeldReads
{
    private readonly BlockingCollection<TaskCompletionSource<CachedKey?>> _begun = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public Task<CachedKey?> ReadAsync(string credential, bool isProven)
    {
        Interlocked.Increment(ref _count);
        var read = new TaskCompletionSource<CachedKey?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _begun.Add(read);
        return read.Task;
    }

    /// <summary>The next read that begins.</summary>
    public Task<TaskCompletionSource<CachedKey?>> NextAsync() =>
        Task.Run(() =>
        {
            Assert.True(_begun.TryTake(out var read, TimeSpan.FromSeconds(10)), "No read began.");
            return read;
        });
}
