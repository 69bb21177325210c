using System.Net.Sockets;

namespace Gateway.Load;

/// <summary>Callers that connect, ask, and reset the connection before there is an answer.</summary>
internal sealed class Churn : IAsyncDisposable
{
    // So many a second of all together: a flood of packets is for the network to stop.
    private const int PerSecond = 500;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _calling;

    private Churn(Uri url, int callers) =>
        _calling = Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(i => Task.Run(() => CallAsync(url, callers, Pace(callers) * i / callers)))
        );

    /// <summary>Starts it.</summary>
    public static Churn Start(Uri url, int callers) => new(url, callers);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _calling;
        _stop.Dispose();
    }

    private static TimeSpan Pace(int callers) => TimeSpan.FromSeconds((double)callers / PerSecond);

    // They begin one after the other: nobody asks in step with a hundred others by chance.
    private async Task CallAsync(Uri url, int callers, TimeSpan beginsIn)
    {
        await Task.Delay(beginsIn, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var request = "GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray();
        while (!_stop.IsCancellationRequested)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp)
            {
                LingerState = new LingerOption(true, 0),
            };
            try
            {
                await socket.ConnectAsync(url.Host, url.Port, _stop.Token);
                await socket.SendAsync(request, _stop.Token);
                await Task.Delay(Pace(callers), _stop.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // It was refused, or has lasted long enough.
            }
        }
    }
}
