using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>Sends spoiled requests from many connections at once, and notes whatever must not be.</summary>
internal sealed class WireFuzz(AttackLane lane, AttackKeys keys)
{
    private const int Callers = 24;
    private const int FineEvery = 20;
    private const int Http2Of = 4;

    // A server that means to answer has done so by then. One that stands still only makes the look shorter.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(50);

    // After the client has hung up: longer than any pause of a machine.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly ArrivalJudge _judge = new(keys);
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private readonly byte[]?[] _current = new byte[Callers][];
    private long _executions;
    private long _arrived;

    /// <summary>What must not be, with what was sent.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Requests sent.</summary>
    public long Executions => _executions;

    /// <summary>Those that reached the upstream.</summary>
    public long Arrived => _arrived;

    /// <summary>Statuses of the answers, and how many of each.</summary>
    public IReadOnlyDictionary<int, int> Statuses => _statuses;

    /// <summary>Sends so many, and goes on for a time.</summary>
    public async Task RunAsync(long atLeast, TimeSpan time)
    {
        // Nothing is ever upgraded here: what follows a handshake is a request like any other, or nothing.
        lane.Upstream.Answer = (request, client) =>
        {
            Interlocked.Increment(ref _arrived);
            Judge(request);
            return RecordingUpstream.PlainAsync(request, client);
        };
        var seeds = new WireSeeds(keys, lane.Gateway.Http1.ToString());
        var began = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller => Task.Run(() => CallAsync(caller, seeds, i => i < atLeast || began.Elapsed < time)))
        );
        // Also those whose bodies never came.
        foreach (var request in lane.Upstream.Begun)
            Judge(request);
        foreach (var line in lane.Gateway.Gateway.Log.Lines.Where(IsFailure))
            Fault($"the gateway logged {line}");
    }

    private static bool IsFailure(string line) =>
        line.StartsWith("Error ", StringComparison.Ordinal) || line.StartsWith("Critical ", StringComparison.Ordinal);

    private async Task CallAsync(int caller, WireSeeds seeds, Func<long, bool> goesOn)
    {
        for (long i = caller; goesOn(i) && _faults.IsEmpty; i += Callers)
        {
            var random = FuzzOptions.RandomOf(i);
            var isHttp2 = random.Next(Http2Of) == 0;
            var bytes = isHttp2 ? seeds.Http2(random) : seeds.Http1(random);
            _current[caller] = bytes;
            var answer = await ExchangeAsync(isHttp2 ? lane.Gateway.Http2 : lane.Gateway.Http1, bytes);
            if (answer is null)
                Fault($"execution {i} was not let go of: {FrameMutator.Show(bytes)}");
            foreach (var status in StatusesOf(answer ?? [], isHttp2))
            {
                _statuses.AddOrUpdate(status, 1, (_, n) => n + 1);
                // 505 is the server's own, to a version that there is not (RFC 9110 section 15.6.6).
                if (status is >= 500 and not (502 or 503 or 504 or 505))
                    Fault($"execution {i} was answered {status}: {FrameMutator.Show(bytes)}");
            }
            if (Interlocked.Increment(ref _executions) % FineEvery == 0)
                await AskFinelyAsync(i);
        }
    }

    private void Judge(RecordedRequest request)
    {
        if (_judge.Fault(request) is not { } fault)
            return;
        var headers = string.Join("; ", request.Headers.Select(h => $"{h.Key}: {h.Value}"));
        var sent = string.Join('\n', _current.OfType<byte[]>().Select(FrameMutator.Show));
        Fault($"'{request.Line}' arrived: {fault} [{headers}]; one of these was sent:\n{sent}");
    }

    private void Fault(string what) => _faults.Enqueue($"seed {FuzzOptions.Seed}: {what}");

    private async Task AskFinelyAsync(long execution)
    {
        var request =
            $"GET /v1/read/fine HTTP/1.1\r\nHost: {lane.Gateway.Http1}\r\nAuthorization: Bearer {keys.Secrets["LOWKEY"]}\r\n"
            + "Connection: close\r\n\r\n";
        var answer = await ReadAsync(lane.Gateway.Http1, Encoding.ASCII.GetBytes(request), Hang);
        if (answer is null || !Encoding.Latin1.GetString(answer).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            Fault($"after execution {execution} a fine request was answered {FrameMutator.Show(answer ?? [])}");
    }

    private static Task<byte[]?> ExchangeAsync(IPEndPoint server, byte[] bytes) => ReadAsync(server, bytes, Quiet);

    // Reads until nothing has come for a while, then hangs up, and reads to the end; null when there is none.
    private static async Task<byte[]?> ReadAsync(IPEndPoint server, byte[] bytes, TimeSpan quiet)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var answer = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var isOver = false;
        try
        {
            await socket.SendAsync(bytes);
            while (true)
            {
                using var patience = new CancellationTokenSource(isOver ? Hang : quiet);
                try
                {
                    var count = await socket.ReceiveAsync(buffer, patience.Token);
                    if (count == 0)
                        return answer.ToArray();
                    answer.Write(buffer, 0, count);
                }
                catch (OperationCanceledException) when (!isOver)
                {
                    isOver = true;
                    socket.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (SocketException)
        {
            return answer.ToArray();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static IEnumerable<int> StatusesOf(byte[] answer, bool isHttp2) =>
        isHttp2
            ? Http2Answers.Statuses(answer)
            : AttackWire
                .StatusLines()
                .Matches(Encoding.Latin1.GetString(answer))
                .Select(m => int.Parse(m.Groups[1].Value));
}
