using System.Net;
using System.Text.Json;

namespace Gateway.Tests;

/// <summary>Clients that open a stream, WebSocket or server-sent events, and hold it until the gateway ends it or they have
/// had enough; then they open another with another key.</summary>
public sealed class StreamHolders(IReadOnlyList<FleetProcess> gateways, History history, RunClock clock, int seed)
{
    private const int SocketsPerGateway = 4;
    private const int EventsPerGateway = 3;

    private static readonly TimeSpan OpensWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(400);

    // A text frame of two bytes, masked with nothing.
    private static readonly byte[] Ping = [0x81, 0x82, 0, 0, 0, 0, (byte)'h', (byte)'i'];

    private int _open;

    /// <summary>Streams that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Holds streams until it is told to stop; what is open then stays open in the history.</summary>
    public Task RunAsync(IReadOnlyList<Tenant> tenants, CancellationToken stop) =>
        Task.WhenAll(
            from gateway in gateways
            from line in Enumerable.Range(0, SocketsPerGateway + EventsPerGateway)
            let kind = line < SocketsPerGateway ? "ws" : "sse"
            select LineAsync(gateway, kind, tenants, new ChaosDice(seed, $"streams {gateway.Name} {line}"), stop)
        );

    private async Task LineAsync(
        FleetProcess gateway,
        string kind,
        IReadOnlyList<Tenant> tenants,
        ChaosDice dice,
        CancellationToken stop
    )
    {
        using var client = Callers.NewClient(gateway);
        while (!stop.IsCancellationRequested)
        {
            if (dice.Of(dice.Of(tenants).Slots).Key is { } key)
                await HoldAsync(client, gateway.Name, kind, key, dice, stop);
            await Task.Delay(Between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HoldAsync(
        HttpClient client,
        string gateway,
        string kind,
        IssuedKey key,
        ChaosDice dice,
        CancellationToken stop
    )
    {
        var shape = new CallShape(ChaosRoutes.Streams, dice.Of(KeyBodies.Clients), null);
        using var request = shape.ToRequest(key, kind);
        if (kind == "ws")
            Upgrade(request);
        using var patience = new CancellationTokenSource(OpensWithin);
        var begin = clock.Now;
        var (status, code) = (0, (string?)null);
        try
        {
            using var response = await client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                patience.Token
            );
            var isOpen = response.StatusCode is HttpStatusCode.OK or HttpStatusCode.SwitchingProtocols;
            (status, code) = isOpen ? ((int)response.StatusCode, null) : await Callers.ReadAsync(response);
            var opened = clock.Now;
            Record(opened);
            if (isOpen)
                await HoldAsync(response, opened, gateway, key, shape, dice, stop);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            Record(clock.Now);
        }

        void Record(TimeSpan end) =>
            history.Add(new Call(begin, end, gateway, key.Id, shape.Route, shape.Client, shape.Wallet, status, code));
    }

    private async Task HoldAsync(
        HttpResponseMessage response,
        TimeSpan opened,
        string gateway,
        IssuedKey key,
        CallShape shape,
        ChaosDice dice,
        CancellationToken stop
    )
    {
        Interlocked.Increment(ref _open);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        enough.CancelAfter(dice.Percent(30) ? Timeout.InfiniteTimeSpan : dice.Between(3, 40));
        await using var stream = await response.Content.ReadAsStreamAsync(CancellationToken.None);
        var isSocket = response.StatusCode == HttpStatusCode.SwitchingProtocols;
        var talking = isSocket ? TalkAsync(stream, enough.Token) : Task.CompletedTask;
        var byGateway = await EndsAsync(stream, isSocket, enough.Token);
        TimeSpan? closed = stop.IsCancellationRequested && !byGateway ? null : clock.Now;
        await enough.CancelAsync();
        await talking;
        Interlocked.Decrement(ref _open);
        history.Add(
            new StreamLife(opened, closed, gateway, key.Id, shape.Route, shape.Client, shape.Wallet, byGateway)
        );
    }

    // Reads until there is no more: true when it was the other side that ended it.
    private static async Task<bool> EndsAsync(Stream stream, bool isSocket, CancellationToken enough)
    {
        var buffer = new byte[2];
        try
        {
            while (await stream.ReadAtLeastAsync(buffer, isSocket ? 2 : 1, throwOnEndOfStream: false, enough) > 0)
            {
                // Frames here are short ones: an opcode, a length, and that many bytes.
                var isGoodbye = isSocket && (buffer[0] & 0xF) == 8;
                if (isGoodbye)
                    return true;
                if (isSocket)
                    await stream.ReadExactlyAsync(new byte[buffer[1] & 0x7F], enough);
            }
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return true;
        }
    }

    private static async Task TalkAsync(Stream stream, CancellationToken enough)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(2), enough);
                await stream.WriteAsync(Ping, enough);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // It has ended; whoever reads from it knows.
        }
    }

    private static void Upgrade(HttpRequestMessage request)
    {
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new("websocket"));
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
}
