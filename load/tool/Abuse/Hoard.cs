using System.Net.Sockets;

namespace Gateway.Load;

/// <summary>Connections that say something once and then hold on; who is hung up on comes again.</summary>
internal sealed class Hoard : IAsyncDisposable
{
    // So many come in a second: a flood of packets is for the network to stop.
    private const double PerSecond = 1_000;

    private static readonly TimeSpan ComesAgain = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _holding;

    private Hoard(Uri url, int count, byte[] said) =>
        _holding = Task.WhenAll(
            Enumerable.Range(0, count).Select(i => HoldAsync(url, said, TimeSpan.FromSeconds(i / PerSecond)))
        );

    /// <summary>Opens them.</summary>
    public static Hoard Start(Uri url, int count, byte[] said) => new(url, count, said);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _holding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task HoldAsync(Uri url, byte[] said, TimeSpan comesIn)
    {
        for (; ; comesIn = ComesAgain)
        {
            await Task.Delay(comesIn, _stop.Token);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await HoldAsync(socket, url, said);
            }
            catch (SocketException)
            {
                // It was hung up on.
            }
        }
    }

    private async Task HoldAsync(Socket socket, Uri url, byte[] said)
    {
        await socket.ConnectAsync(url.Host, url.Port, _stop.Token);
        for (var sent = 0; sent < said.Length; )
            sent += await socket.SendAsync(said.AsMemory(sent), _stop.Token);
        var heard = new byte[256];
        while (await socket.ReceiveAsync(heard, _stop.Token) > 0)
            continue;
    }
}
