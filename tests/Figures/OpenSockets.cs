namespace Gateway.Tests;

/// <summary>
/// Many open WebSockets over a few keys, spread over all gateways; then one key after another is revoked:
/// <code>
///   its sockets     closed within 100 ms of the moment its receipt has come, and counted in it
///   all the others  still open, and each still echoes at the end
/// </code>
/// </summary>
internal static class OpenSockets
{
    private const int AtOnce = 32;

    // For what has not been closed by then the test fails; it is not what is measured.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Measures it.</summary>
    public static async Task MeasureAsync(FigureFleet fleet, FigureSize size, FigureSection section)
    {
        var (keyCount, each) = size.Streams;
        var keys = await fleet.Desk.MakeAsync(keyCount);
        var sockets = await OpenAsync(fleet, keys, each);
        var load = await fleet.LoadAsync(size);
        List<double> ends = [];
        List<double> calls = [];
        var miscounted = 0;
        for (var i = 0; i < size.StreamRevokes; i++)
        {
            await Task.Delay(Random.Shared.Next(100, 300));
            var receipt = await fleet.Desk.RevokeAsync(keys[i]);
            calls.Add(receipt.Took);
            miscounted += Math.Abs(each - receipt.StreamsClosed);
            await Task.WhenAny(Task.WhenAll(sockets[i].Select(socket => socket.Closed)), Task.Delay(Patience));
            ends.AddRange(sockets[i].Where(IsClosed).Select(socket => Times.Between(receipt.At, socket.Closed.Result)));
        }
        var others = sockets[size.StreamRevokes..].SelectMany(s => s).ToList();
        var silent = others.Count - await EchoAsync(others);
        await load.DisposeAsync();
        foreach (var socket in sockets.SelectMany(s => s))
            socket.Dispose();

        section.How =
            $"{keyCount * each:N0} WebSockets of {keyCount} keys over {fleet.Fleet.Gateways.Count} gateways, with "
            + $"{load.Rate:0} valid requests/s in all; {size.StreamRevokes} keys revoked one after the other. A close is "
            + "timed at the client, against the moment the receipt has arrived there; below zero it came before.";
        section.Time("close after the receipt, longest", ends.DefaultIfEmpty(double.MaxValue).Max(), 100);
        section.Tell("close after the receipt, ms", new Times(ends.DefaultIfEmpty(double.NaN)).ToString());
        section.Tell("revoke until complete receipt, ms", new Times(calls).ToString());
        section.Count("streams closed that a receipt does not count, or the other way round", miscounted, 0);
        section.Count("streams of revoked keys closed", ends.Count, (long)size.StreamRevokes * each);
        section.Count($"streams of other keys that no longer echo, of {others.Count}", silent, 0);
        section.Count($"valid requests refused ({load.Summary()})", load.Other("200"), 0);
        section.AssertHolds(size);
    }

    // By key. The sockets of a key are spread over all gateways.
    private static async Task<WireSocket[][]> OpenAsync(FigureFleet fleet, List<MadeKey> keys, int each)
    {
        var gateways = fleet.Gateways.ToList();
        var sockets = keys.Select(_ => new WireSocket[each]).ToArray();
        await Parallel.ForAsync(
            0,
            keys.Count * each,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) =>
                sockets[i / each][i % each] = await WireSocket.OpenAsync(
                    gateways[i % gateways.Count],
                    "/v1/read/ws",
                    keys[i / each].Secret
                )
        );
        return sockets;
    }

    private static bool IsClosed(WireSocket socket) => socket.Closed.IsCompleted;

    private static async Task<int> EchoAsync(List<WireSocket> sockets)
    {
        var echoed = 0;
        await Parallel.ForEachAsync(
            sockets,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (socket, _) =>
            {
                if (await socket.EchoAsync())
                    Interlocked.Increment(ref echoed);
            }
        );
        return echoed;
    }
}
