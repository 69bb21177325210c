using System.Net;
using System.Net.Sockets;

namespace Gateway.Load;

/// <summary>Connections that say something once and then hold on; who is hung up on comes again.</summary>
internal sealed class Hoard : IAsyncDisposable
{
    // So many come in a second, and come again: a flood of packets is for the network to stop.
    private const double PerSecond = 1_000;

    private static readonly TimeSpan ComesAgainMin = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _comesAgain;
    private readonly Task _holding;

    private Hoard(Uri url, int count, byte[] said, int addresses)
    {
        var all = TimeSpan.FromSeconds(count / PerSecond);
        _comesAgain = all > ComesAgainMin ? all : ComesAgainMin;
        _holding = Task.WhenAll(
            Enumerable.Range(0, count).Select(i => HoldAsync(url, said, AddressOf(i % addresses), all * i / count))
        );
    }

    /// <summary>Opens them.</summary>
    /// <param name="url">Where.</param>
    /// <param name="count">How many.</param>
    /// <param name="said">What each says.</param>
    /// <param name="addresses">From how many addresses, in turn.</param>
    public static Hoard Start(Uri url, int count, byte[] said, int addresses = 1) => new(url, count, said, addresses);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _holding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    // All of 127.0.0.0/8 is this machine.
    private static IPAddress AddressOf(int number) => new([127, 0, 1, (byte)(1 + number)]);

    private async Task HoldAsync(Uri url, byte[] said, IPAddress from, TimeSpan comesIn)
    {
        for (; ; comesIn = _comesAgain)
        {
            await Task.Delay(comesIn, _stop.Token);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(from, 0));
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
