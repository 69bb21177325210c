using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>How a rolling restart is done.</summary>
/// <param name="Provider">Of the store.</param>
/// <param name="Time">For how long requests are made at least, and gateways restarted in turn, over and over; each is once,
/// however long that takes.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="DrainDelaySeconds">Of the gateways.</param>
internal sealed record RollingPlan(string Provider, TimeSpan Time, double PerSecond, int DrainDelaySeconds);

/// <summary>What came of it.</summary>
/// <param name="Tally">The requests.</param>
/// <param name="StopSeconds">From each SIGTERM to the process's end.</param>
/// <param name="StartSeconds">From each start to being ready.</param>
/// <param name="BadExits">Processes that ended with another code than 0.</param>
/// <param name="OpenRows">Rows that are open once all have stopped: each would hold up receipts.</param>
/// <param name="Recorded">Uses that are in the store then.</param>
internal sealed record RollingOutcome(
    RollingTally Tally,
    IReadOnlyList<double> StopSeconds,
    IReadOnlyList<double> StartSeconds,
    int BadExits,
    int OpenRows,
    long Recorded
);

/// <summary>
/// Restarts three gateways behind HAProxy one after the other while requests are made, some of which are short, some take
/// a while and some have a body:
/// <code>
///   SIGTERM → not ready, serves on → HAProxy has heard of it → finishes, flushes, closes its row → ends → starts → is ready
/// </code>
/// </summary>
internal sealed class RollingRestart : IAsyncDisposable
{
    private const int Gateways = 3;
    private const int Callers = 24;
    private const int Keys = 200;

    // HAProxy sends to a gateway again after two checks; the next one stops after that.
    private static readonly TimeSpan BetweenRestarts = TimeSpan.FromSeconds(1);

    private readonly ScaleStand _stand;
    private readonly RollingPlan _plan;
    private readonly ScaleStore _store;
    private readonly (Uri Url, Uri Ops)[] _places;
    private readonly ServerProcess?[] _running = new ServerProcess?[Gateways];
    private readonly ConcurrentQueue<double> _stops = [];
    private readonly List<double> _starts = [];
    private int _badExits;

    private RollingRestart(ScaleStand stand, RollingPlan plan, ScaleStore store)
    {
        (_stand, _plan, _store) = (stand, plan, store);
        _places = [.. Enumerable.Range(0, Gateways).Select(_ => (ServerProcess.NewPlace(), ServerProcess.NewPlace()))];
    }

    /// <summary>Does it.</summary>
    public static async Task<RollingOutcome> RunAsync(ScaleStand stand, RollingPlan plan)
    {
        var store = await stand.SeedAsync(plan.Provider, Keys);
        await using var rolling = new RollingRestart(stand, plan, store);
        await Task.WhenAll(Enumerable.Range(0, Gateways).Select(rolling.StartAsync));
        await using var front = await RollingFront.StartAsync(rolling._places, stand.Folder);
        var before = await rolling.AnswersAsync(front.Url);
        using var over = new CancellationTokenSource();
        var began = Stopwatch.GetTimestamp();
        var callers = new RollingCallers(front.Url, rolling.Requests(), Callers, plan.PerSecond).RunAsync(over.Token);
        for (var turn = 0; turn < Gateways || Stopwatch.GetElapsedTime(began) < plan.Time; turn++)
            await rolling.RestartAsync(turn % Gateways);
        await over.CancelAsync();
        var tally = await callers;
        await Task.WhenAll(Enumerable.Range(0, Gateways).Select(rolling.StopAsync));
        return await rolling.ConcludeAsync(tally, before);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _running)
        {
            if (gateway is not null)
                await gateway.DisposeAsync();
        }
    }

    private async Task RestartAsync(int number)
    {
        await StopAsync(number);
        _starts.Add((await StartAsync(number)).TotalSeconds);
        await Task.Delay(BetweenRestarts);
    }

    private async Task<TimeSpan> StartAsync(int number)
    {
        var (url, ops) = _places[number];
        _running[number] = _stand.StartGateway(
            _store,
            url,
            ops,
            ("Gateway:InstanceId", $"edge-{number + 1}"),
            ("Gateway:DrainDelaySeconds", _plan.DrainDelaySeconds.ToString(CultureInfo.InvariantCulture))
        );
        return await _running[number]!.AnswersAsync(new Uri(ops, "/readyz"), null);
    }

    private async Task StopAsync(int number)
    {
        if (_running[number] is not { } gateway)
            return;
        var (code, took) = await gateway.StopAsync();
        if (code != 0)
            Interlocked.Increment(ref _badExits);
        _stops.Enqueue(took.TotalSeconds);
        await gateway.DisposeAsync();
        _running[number] = null;
    }

    // HAProxy takes a moment until it has seen that they are ready.
    private async Task<long> AnswersAsync(Uri front)
    {
        var (request, answered, failed) = (Traffic.Get(ScaleStand.Target(0), Secrets().First()), 0L, "");
        for (var tries = 0; tries < 40; tries++)
        {
            using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            var tally = await new RollingCallers(front, [request], 1, 20).RunAsync(moment.Token);
            (answered, failed) = (answered + tally.Answered, tally.Words());
            if (tally is { Failures: 0, Answered: > 3 })
                return answered;
        }
        throw new InvalidOperationException($"HAProxy sends nothing to the gateways: {failed}");
    }

    private IEnumerable<string> Secrets() => _store.Keys.Usable().Select(_store.Keys.Secret);

    // Of ten, seven are short, two have a body and one takes a while.
    private List<byte[]> Requests() =>
        [
            .. Secrets()
                .Select(
                    (secret, i) =>
                        (i % 10) switch
                        {
                            0 => Traffic.Get("/v1/r0/slow", secret),
                            1 or 2 => Post("/v1/r0/x", secret),
                            _ => Traffic.Get("/v1/r0/x", secret),
                        }
                ),
        ];

    private static byte[] Post(string path, string secret)
    {
        var body = new string('x', 2_000);
        return Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n{body}"
        );
    }

    private async Task<RollingOutcome> ConcludeAsync(RollingTally tally, long before)
    {
        await using var database = Database.Create(_store.Store);
        var open = await database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true));
        var recorded = await database.ReadAsync(s =>
            s.ValueAsync<long>("select cast(coalesce(sum(requests), 0) as bigint) from usage_hourly")
        );
        return new(tally, [.. _stops], _starts, _badExits, open.Count, recorded - before);
    }
}
