using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>
/// Traffic at a fixed, low rate: callers with a connection each send when their time has come and the answer to the last
/// request is there. A caller that is late sends at once, and does not make up for what it missed.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _callers = [];
    private readonly Func<int, byte[]> _next;
    private readonly ConcurrentQueue<(long At, double Ms)> _times = new();
    private readonly ConcurrentDictionary<string, int> _said = new(StringComparer.Ordinal);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _sent;

    private SteadyLoad(Func<int, byte[]> next) => _next = next;

    /// <summary>Starts it.</summary>
    /// <param name="gateways">Where to.</param>
    /// <param name="perSecond">Requests a second at each.</param>
    /// <param name="callers">Connections to each.</param>
    /// <param name="next">The request of that number.</param>
    public static async Task<SteadyLoad> StartAsync(
        IEnumerable<Uri> gateways,
        double perSecond,
        int callers,
        Func<int, byte[]> next
    )
    {
        var load = new SteadyLoad(next);
        var interval = TimeSpan.FromSeconds(callers / perSecond);
        foreach (var gateway in gateways)
        {
            for (var caller = 0; caller < callers; caller++)
            {
                var wire = await Wire.ConnectAsync(gateway);
                load._callers.Add(load.CallAsync(wire, interval, interval * caller / callers));
            }
        }
        return load;
    }

    /// <summary>Answers so far, by what was said: <c>200</c>, <c>401 INVALID_API_KEY</c>.</summary>
    public IReadOnlyDictionary<string, int> Said => _said;

    /// <summary>Answers so far that were something else.</summary>
    public int Other(string expected) => _said.Where(s => s.Key != expected).Sum(s => s.Value);

    /// <summary>Requests a second so far.</summary>
    public double Rate => Volatile.Read(ref _sent) / Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Times from sending a request to its answer, of those sent since a moment.</summary>
    public Times Since(long timestamp) => new(_times.Where(t => t.At >= timestamp).Select(t => t.Ms));

    /// <summary>What was said, in one line.</summary>
    public string Summary() =>
        string.Join(", ", _said.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Value} × {s.Key}"));

    /// <summary>Stops it; what failed then fails the test.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
        _stop.Dispose();
    }

    private async Task CallAsync(Wire wire, TimeSpan interval, TimeSpan first)
    {
        using var _ = wire;
        var due = Stopwatch.GetTimestamp() + Ticks(first);
        while (await IsDueAsync(due))
        {
            var sent = Stopwatch.GetTimestamp();
            var answer = await wire.AskAsync(_next(Interlocked.Increment(ref _sent)));
            _times.Enqueue((sent, Times.Between(sent, Stopwatch.GetTimestamp())));
            _said.AddOrUpdate(answer.Said, 1, (_, count) => count + 1);
            due = Math.Max(due + Ticks(interval), sent);
        }
    }

    private async Task<bool> IsDueAsync(long due)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stop.IsCancellationRequested;
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
