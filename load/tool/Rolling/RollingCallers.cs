using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Load;

/// <summary>What came of the requests of <see cref="RollingCallers"/>.</summary>
internal sealed class RollingTally
{
    /// <summary>Answers of 200.</summary>
    public long Answered => Milliseconds.Count;

    /// <summary>What else there was, with how often: another status, or how a connection ended.</summary>
    public ConcurrentDictionary<string, int> Failed { get; } = new(StringComparer.Ordinal);

    /// <summary>Time of each request that was answered 200.</summary>
    public ConcurrentQueue<double> Milliseconds { get; } = [];

    /// <summary>How many failed.</summary>
    public int Failures => Failed.Values.Sum();

    /// <summary>What failed, in words.</summary>
    public string Words() => string.Join("; ", Failed.Select(f => $"{f.Value} × {f.Key}"));
}

/// <summary>
/// Callers with a kept connection each, at a fixed rate, who repeat nothing: a request that is not answered has failed,
/// whatever the reason. They do what an answer's <c>Connection: close</c> says.
/// </summary>
/// <param name="to">Where to.</param>
/// <param name="requests">The bytes of the requests, in turn.</param>
/// <param name="callers">How many.</param>
/// <param name="perSecond">Requests a second, of all together.</param>
internal sealed class RollingCallers(Uri to, IReadOnlyList<byte[]> requests, int callers, double perSecond)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RollingTally _tally = new();
    private int _next;

    /// <summary>Calls until told to stop, and finishes what was begun.</summary>
    public async Task<RollingTally> RunAsync(CancellationToken stop)
    {
        await Task.WhenAll(
            Enumerable.Range(0, callers).Select(c => Task.Run(() => CallAsync(c, stop), CancellationToken.None))
        );
        return _tally;
    }

    private async Task CallAsync(int caller, CancellationToken stop)
    {
        var interval = callers / perSecond;
        var began = Stopwatch.GetTimestamp();
        Socket? connection = null;
        for (var call = 0; !stop.IsCancellationRequested; call++)
        {
            var early =
                TimeSpan.FromSeconds((call + (double)caller / callers) * interval) - Stopwatch.GetElapsedTime(began);
            if (early > TimeSpan.Zero)
                await Task.Delay(early, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stop.IsCancellationRequested)
                connection = await AskAsync(connection);
        }
        connection?.Dispose();
    }

    // The connection for the next request; null when there has to be another.
    private async Task<Socket?> AskAsync(Socket? connection)
    {
        using var patience = new CancellationTokenSource(Patience);
        var request = requests[Interlocked.Increment(ref _next) % requests.Count];
        var sent = Stopwatch.GetTimestamp();
        try
        {
            connection ??= await ConnectAsync(patience.Token);
            await connection.SendAsync(request, patience.Token);
            var head = await ReadAsync(connection, patience.Token);
            if (head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                _tally.Milliseconds.Enqueue(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            else
                Fail(head.Split("\r\n", 2)[0]);
            if (!head.Contains("connection: close", StringComparison.OrdinalIgnoreCase))
                return connection;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            Fail($"{e.GetType().Name}: {e.Message}");
        }
        connection?.Dispose();
        return null;
    }

    private void Fail(string how) => _tally.Failed.AddOrUpdate(how, 1, (_, count) => count + 1);

    private async Task<Socket> ConnectAsync(CancellationToken patience)
    {
        var connection = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await connection.ConnectAsync(to.Host, to.Port, patience);
        return connection;
    }

    private static async Task<string> ReadAsync(Socket connection, CancellationToken patience)
    {
        var buffer = new byte[16 * 1024];
        for (var length = 0; ; )
        {
            var read = await connection.ReceiveAsync(buffer.AsMemory(length), patience);
            if (read == 0)
                throw new IOException("The connection was closed before an answer was whole.");
            length += read;
            var text = Encoding.Latin1.GetString(buffer, 0, length);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0 && length - head - 4 >= BodyLength(text[..head]))
                return text[..head];
        }
    }

    private static int BodyLength(string head)
    {
        const string name = "content-length: ";
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return 0;
        var value = head.AsSpan(at + name.Length);
        var end = value.IndexOf('\r');
        return int.Parse(end < 0 ? value : value[..end], CultureInfo.InvariantCulture);
    }
}
