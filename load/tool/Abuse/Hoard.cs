using System.Net.Sockets;

namespace Gateway.Load;

/// <summary>Connections that say something once and then hold on.</summary>
internal sealed class Hoard : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _opening;

    private Hoard(Uri url, int count, byte[] said) => _opening = Task.Run(() => OpenAsync(url, count, said));

    /// <summary>Opens them.</summary>
    public static Hoard Start(Uri url, int count, byte[] said) => new(url, count, said);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _opening;
        foreach (var socket in _sockets)
            socket.Dispose();
        _stop.Dispose();
    }

    private async Task OpenAsync(Uri url, int count, byte[] said)
    {
        List<Task> sending = [];
        while (_sockets.Count < count && !_stop.IsCancellationRequested)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            await socket.ConnectAsync(url.Host, url.Port);
            if (said.Length > 0)
                sending.Add(SendAsync(socket, said));
        }
        await Task.WhenAll(sending);
    }

    private async Task SendAsync(Socket socket, byte[] said)
    {
        try
        {
            for (var sent = 0; sent < said.Length; )
                sent += await socket.SendAsync(said.AsMemory(sent), _stop.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It was hung up on, or has lasted long enough.
        }
    }
}
