using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>
/// Three gateways on one store and one Redis, and traffic at twice a limit that is spread evenly over them:
/// <code>
///   Redis answers        how many of the requests over the limit are admitted
///   it stands still      the same, and how long a request takes; then it answers again
///   what it costs        a key with a limit that is never reached, beside one without, in turn
/// </code>
/// </summary>
internal sealed class SharedLimits : IAsyncDisposable
{
    private const int Gateways = 3;
    private const int Connections = 8;
    private const double OverAdmittedMax = 0.05;
    private const double AddedMsMax = 1;
    private const int Pairs = 8;
    private const double QuietPerSecond = 200;

    // Each of another length; the keys that have them, by number.
    private static readonly (long Key, RateLimit Limit, int Windows)[] Limits =
    [
        (1, new RateLimit(100, 1), 20),
        (2, new RateLimit(1_000, 10), 3),
    ];

    private static readonly (long Key, RateLimit Limit, int Windows) Alone = (3, new RateLimit(600, 6), 3);
    private static readonly (long Key, RateLimit Limit) Wide = (4, new RateLimit(1_000_000, 86_400));

    private const long Unlimited = 5;

    // Longer than the load takes to end and the metrics to be read.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(4);

    private readonly ResultSheet _sheet;
    private readonly ScaleStore _store;
    private readonly List<ServerProcess> _gateways = [];
    private readonly RedisPause _redis;

    private SharedLimits(ResultSheet sheet, ScaleStore store, string redis) =>
        (_sheet, _store, _redis) = (sheet, store, new RedisPause(redis));

    /// <summary>Starts them, and waits until they share.</summary>
    public static async Task<SharedLimits> StartAsync(ResultSheet sheet, ScaleStand stand, string redis)
    {
        var store = await stand.SeedAsync("postgres", 100);
        await using (var database = Database.Create(store.Store))
        {
            foreach (var (key, limit) in Limits.Append(Alone).Select(l => (l.Key, l.Limit)).Append(Wide))
                await LimitAsync(database, store.Keys.Record(key).Id, limit);
        }
        var shared = new SharedLimits(sheet, store, redis);
        for (var i = 0; i < Gateways; i++)
        {
            shared._gateways.Add(
                await stand.ServeAsync(store, 1, ("Redis:Configuration", redis), ("Gateway:InstanceId", $"gateway-{i}"))
            );
        }
        await shared.AwaitAsync("gateway_limits_shared", 1);
        await shared.AwaitAsync("gateway_limits_gateways", Gateways);
        return shared;
    }

    /// <summary>Measures all of it.</summary>
    public async Task MeasureAsync()
    {
        // Not counted: a gateway that compiles what is used for the first time takes Redis for slow.
        foreach (var gateway in _gateways)
            await RunAsync(new Traffic(gateway.Url, Connections), Wide.Key, []);
        await AwaitAsync("gateway_limits_shared", 1);
        _sheet.Section(
            "Redis answers",
            $"Twice the limit, spread evenly over {Gateways} gateways by {Connections} connections each. Over the limit is "
                + "what was sent beyond the limit times the windows that passed; a bar is on the part of that which was "
                + "admitted."
        );
        foreach (var (key, limit, windows) in Limits)
            await OverloadAsync(key, limit, windows);
        await StandStillAsync();
        await CostAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _redis.Dispose();
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
    }

    private async Task StandStillAsync()
    {
        _sheet.Section(
            "Redis stands still",
            "Redis takes questions and answers none (CLIENT PAUSE). Each gateway admits its share of the limit alone."
        );
        await _redis.BeginAsync(TimeSpan.FromSeconds(Alone.Limit.WindowSeconds * Alone.Windows) + Slack);
        await OverloadAsync(Alone.Key, Alone.Limit, Alone.Windows);
        _sheet.Exactly("gateways that share then", await SumAsync("gateway_limits_shared"), 0);
        await AwaitAsync("gateway_limits_shared", 1);
        _sheet.Exactly("gateways that share when it answers again", await SumAsync("gateway_limits_shared"), Gateways);
    }

    private async Task OverloadAsync(long key, RateLimit limit, int windows)
    {
        var request = ScaleStand.Requests(_store.Keys, [key]);
        var time = TimeSpan.FromSeconds(limit.WindowSeconds * windows);
        var perSecond = 2.0 * limit.Requests / limit.WindowSeconds / Gateways;
        var served = await Task.WhenAll(
            _gateways.Select(g => new Traffic(g.Url, Connections).RunAsync(request, time, perSecond, timed: true))
        );
        var (sent, admitted) = (served.Sum(s => s.Count + s.Other), served.Sum(s => s.Count));
        // By the time it took: a second window that has begun is allowed its part.
        var took = served.Max(s => s.Took).TotalSeconds;
        var allowed = limit.Requests * Math.Max(windows, took / limit.WindowSeconds);
        var name = $"{limit.Requests} in {limit.WindowSeconds} s";
        _sheet.Tell($"{name}: sent, admitted, allowed", $"{sent:N0}, {admitted:N0}, {allowed:N0}");
        _sheet.AtMost(
            $"{name}: admitted of those over the limit",
            Math.Max(0, (admitted - allowed) / (sent - allowed)),
            OverAdmittedMax
        );
        _sheet.AtMost($"{name}: allowed and refused", Math.Max(0, 1 - (admitted / allowed)), OverAdmittedMax);
        _sheet.Tell($"{name}: counted without Redis so far", await SumAsync("gateway_limits_fallbacks_total"), "");
        _sheet.Tell($"{name}: ms", new Times(served.SelectMany(s => s.Milliseconds)).ToString());
    }

    // Windows with a limit and without take turns, so that whatever else the machine does falls on both.
    private async Task CostAsync()
    {
        _sheet.Section(
            "What it costs",
            $"One gateway at {QuietPerSecond:0} requests/s: a key whose limit is never reached, counted in Redis, and one "
                + $"without a limit, in {Pairs} pairs of windows of 2 s."
        );
        var traffic = new Traffic(_gateways[0].Url, Connections);
        var (with, without) = (new List<double>(), new List<double>());
        // Not counted: what is compiled meanwhile would be in one kind of window alone.
        await RunAsync(traffic, Wide.Key, []);
        for (var i = 0; i < Pairs; i++)
        {
            await RunAsync(traffic, Wide.Key, with);
            await RunAsync(traffic, Unlimited, without);
        }
        var (limited, unlimited) = (new Times(with), new Times(without));
        _sheet.Tell("with a limit, ms", limited.ToString());
        _sheet.Tell("without, ms", unlimited.ToString());
        _sheet.AtMost("added, p50", limited.Median - unlimited.Median, AddedMsMax, " ms");
    }

    private async Task RunAsync(Traffic traffic, long key, List<double> times)
    {
        var request = ScaleStand.Requests(_store.Keys, [key]);
        var served = await traffic.RunAsync(request, TimeSpan.FromSeconds(2), QuietPerSecond, timed: true);
        if (served.Other > 0)
            throw new InvalidOperationException($"{served.Other} were refused.");
        times.AddRange(served.Milliseconds);
    }

    private async Task AwaitAsync(string metric, int value)
    {
        foreach (var gateway in _gateways)
        {
            while ((int)await gateway.MetricAsync(metric) != value)
                await Task.Delay(50);
        }
    }

    private async Task<long> SumAsync(string metric)
    {
        var sum = 0.0;
        foreach (var gateway in _gateways)
            sum += await gateway.MetricAsync(metric);
        return (long)sum;
    }

    private static Task LimitAsync(Database database, string id, RateLimit limit) =>
        database.WriteAsync(s =>
            s.ExecuteAsync(
                "update api_keys set rate_requests = @Requests, rate_window_seconds = @WindowSeconds where id = @id",
                new
                {
                    limit.Requests,
                    limit.WindowSeconds,
                    id,
                }
            )
        );
}
