using System.Net;

namespace Gateway.Load;

/// <summary>What was seen of honest requests.</summary>
/// <param name="Times">Milliseconds of each, of the seconds that count.</param>
/// <param name="Seconds">How many seconds count.</param>
/// <param name="Refused">Requests that were not answered with 200, of all seconds.</param>
/// <param name="Mebibytes">The most that the gateway occupied.</param>
/// <param name="Processor">Processor time of the gateway, seconds a second.</param>
internal sealed record Window(List<double> Times, int Seconds, long Refused, double Mebibytes, double Processor);

/// <summary>Requests with keys at an even pace, which are all to be answered.</summary>
/// <param name="gateway">By whom.</param>
/// <param name="requests">Which; in turn.</param>
/// <param name="connections">How many callers.</param>
/// <param name="perSecond">Requests of all of them.</param>
internal sealed class Honest(ServerProcess gateway, List<byte[]> requests, int connections, double perSecond)
{
    // Of a second, of all processors. Where a host took more for others, a request's time says nothing of the gateway.
    private const double StolenMax = 0.01;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // Whoever comes from an attacker's own address has no more room than he leaves.
    private static readonly IPAddress From = new([127, 0, 2, 1]);

    private readonly Traffic _traffic = new(gateway.Url, connections, From);

    /// <summary>Where the gateway is.</summary>
    public Uri Url => gateway.Url;

    /// <summary>Sends for a time what nobody watches, as fast as it is answered.</summary>
    public Task WarmAsync(TimeSpan time) => _traffic.RunAsync(requests, time);

    /// <summary>Sends for so many seconds.</summary>
    public async Task<Window> ServeAsync(int seconds)
    {
        List<double> times = [];
        var (counted, refused, most) = (0, 0L, 0L);
        var before = gateway.ProcessorTime;
        for (var i = 0; i < seconds; i++)
        {
            var stolen = Machine.StolenSeconds;
            var served = await _traffic.RunAsync(requests, Second, perSecond, timed: true);
            refused += served.Other;
            most = Math.Max(most, gateway.ResidentBytes);
            if (Machine.StolenSeconds - stolen >= StolenMax)
                continue;
            counted++;
            times.AddRange(served.Milliseconds);
        }
        var processor = (gateway.ProcessorTime - before).TotalSeconds / seconds;
        return new Window(times, counted, refused, most / (double)(1 << 20), processor);
    }
}
