using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>Keeps account of the lives of the gateways' processes, and of the uses each says it has dropped.</summary>
public sealed partial class GatewayLives(IReadOnlyList<FleetProcess> gateways, History history, RunClock clock)
    : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly HttpClient _client = new() { Timeout = Patience };
    private readonly Dictionary<string, Life> _lives = gateways.ToDictionary(g => g.Name, _ => new Life());

    private sealed class Life
    {
        public TimeSpan Started { get; set; }
        public TimeSpan? Ready { get; set; }
        public long Dropped { get; set; }
    }

    /// <summary>A gateway is about to be started.</summary>
    public void Starts(string gateway) => _lives[gateway] = new Life { Started = clock.Now };

    /// <summary>A gateway says that it is ready.</summary>
    public void IsReady(string gateway) => _lives[gateway].Ready = clock.Now;

    /// <summary>A gateway has ended, or the run has.</summary>
    public void Ended(string gateway, bool killed)
    {
        var life = _lives[gateway];
        history.Add(new ProcessLife(gateway, life.Started, life.Ready, clock.Now, killed, life.Dropped));
    }

    /// <summary>Asks every gateway now and then, as long as it is told.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var gateway in gateways)
                await AskAsync(gateway);
            await Task.Delay(Patience, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Asks a gateway what it has dropped so far, if it answers.</summary>
    public async Task AskAsync(FleetProcess gateway)
    {
        var life = _lives[gateway.Name];
        try
        {
            var metrics = await _client.GetStringAsync(new Uri(gateway.Ops, "/metrics"));
            life.Dropped = long.Parse(Dropped().Match(metrics).Groups["count"].Value, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It is down, or stands still.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    [GeneratedRegex(@"^gateway_lastused_dropped_total (?<count>\d+)", RegexOptions.Multiline)]
    private static partial Regex Dropped();
}
