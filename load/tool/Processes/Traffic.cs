using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Load;

/// <summary>What came of a load.</summary>
/// <param name="Count">Answers of 200.</param>
/// <param name="Other">Other answers.</param>
/// <param name="Took">From the first request to the last answer.</param>
/// <param name="Milliseconds">Time of each request; none unless asked for.</param>
internal sealed record Served(long Count, long Other, TimeSpan Took, IReadOnlyList<double> Milliseconds)
{
    /// <summary>Requests a second.</summary>
    public double Rate => Count / Took.TotalSeconds;
}

/// <summary>
/// Requests over kept connections, whose bytes were put together beforehand, each sent once the answer to the last one on
/// its connection is there. On a machine that carries the load and what it is measured on, the load must cost little.
/// </summary>
internal sealed class Traffic(Uri to, int connections, IPAddress? from = null)
{
    private readonly byte[] _ok = "HTTP/1.1 200"u8.ToArray();
    private IReadOnlyList<byte[]> _requests = [];
    private long _next;
    private long _last;
    private long _ends;
    private long _began;
    private double _perSecond;

    /// <summary>Where the next run goes on among its requests.</summary>
    public long Position => _next;

    /// <summary>The bytes of a request with a key.</summary>
    public static byte[] Get(string path, string key) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n");

    /// <summary>Sends requests in turn, from where the last run ended, for a time.</summary>
    /// <param name="requests">Which.</param>
    /// <param name="time">For how long.</param>
    /// <param name="perSecond">At most so many a second; 0 for as many as are answered.</param>
    /// <param name="timed">Whether each is timed.</param>
    public Task<Served> RunAsync(
        IReadOnlyList<byte[]> requests,
        TimeSpan time,
        double perSecond = 0,
        bool timed = false
    ) => RunAsync(requests, long.MaxValue, time, perSecond, timed);

    /// <summary>Sends each request once.</summary>
    /// <param name="requests">Which.</param>
    /// <param name="timed">Whether each is timed.</param>
    public Task<Served> OnceAsync(IReadOnlyList<byte[]> requests, bool timed = false)
    {
        _next = 0;
        return RunAsync(requests, requests.Count, TimeSpan.FromMinutes(5), 0, timed);
    }

    private async Task<Served> RunAsync(
        IReadOnlyList<byte[]> requests,
        long count,
        TimeSpan time,
        double perSecond,
        bool timed
    )
    {
        (_requests, _last, _perSecond, _began) = (requests, count, perSecond, Stopwatch.GetTimestamp());
        _ends = _began + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var first = _next;
        var callers = await Task.WhenAll(
            Enumerable.Range(0, connections).Select(_ => Task.Run(() => CallAsync(first, timed)))
        );
        return new Served(
            callers.Sum(c => c.Served),
            callers.Sum(c => c.Other),
            Stopwatch.GetElapsedTime(_began),
            [.. callers.SelectMany(c => c.Times)]
        );
    }

    private async Task<(long Served, long Other, List<double> Times)> CallAsync(long first, bool timed)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
        };
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(to.Host, to.Port);
        var buffer = new byte[16 * 1024];
        var (served, other, times) = (0L, 0L, new List<double>());
        while (Stopwatch.GetTimestamp() < _ends)
        {
            var number = Interlocked.Increment(ref _next) - 1;
            if (number >= _last)
                break;
            if (_perSecond > 0)
                await DueAsync((number - first) / _perSecond);
            var sent = Stopwatch.GetTimestamp();
            await socket.SendAsync(_requests[(int)(number % _requests.Count)]);
            await ReadAsync(socket, buffer);
            if (timed)
                times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            if (buffer.AsSpan().StartsWith(_ok))
                served++;
            else
                other++;
        }
        return (served, other, times);
    }

    // A timer is too coarse for one request: who is early by less than it waits for nothing and who is late catches up.
    private async Task DueAsync(double seconds)
    {
        var early = TimeSpan.FromSeconds(seconds) - Stopwatch.GetElapsedTime(_began);
        if (early > TimeSpan.FromMilliseconds(1))
            await Task.Delay(early);
    }

    private static async Task ReadAsync(Socket socket, byte[] buffer)
    {
        for (var length = 0; ; )
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0)
                throw new IOException("The connection was closed before an answer was whole.");
            length += read;
            if (IsWhole(buffer.AsSpan(0, length)))
                return;
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        var field = answer[..head].IndexOf("Content-Length: "u8);
        if (field < 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        var digits = answer[(field + 16)..head];
        var end = digits.IndexOf((byte)'\r');
        var length = int.Parse(end < 0 ? digits : digits[..end], CultureInfo.InvariantCulture);
        return answer.Length == head + 4 + length;
    }
}
