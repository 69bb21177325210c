using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests;

/// <summary>
/// A TCP relay on loopback, to put between two processes and then to break:
/// <code>
///   Cut      connections end with a reset, new ones too         a server that is down
///   Hold     connections stay, and nothing comes through        a network that stands still
///   Strand   connections stay, nothing comes through them any   a firewall that has forgotten them
///            more; new ones are fine
///   Delay    everything comes later                             a slow network
///   Drop     connections end with a reset, new ones are fine    a server that was restarted
///   Restore  everything comes through, what was held too
/// </code>
/// </summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, TaskCompletionSource> _sockets = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _gate = Gate(isOpen: true);
    private volatile bool _cut;
    private long _delayTicks;
    private int _connections;

    /// <summary>Listens on a free port.</summary>
    /// <param name="host">Where connections lead.</param>
    /// <param name="port">Its port.</param>
    public TcpRelay(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that were made through it so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How much later everything comes, in each direction.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    /// <summary>Ends all connections, and new ones as they come.</summary>
    public void Cut()
    {
        _cut = true;
        Drop();
    }

    /// <summary>Lets nothing through, and ends nothing.</summary>
    public void Hold()
    {
        if (_gate.Task.IsCompleted)
            _gate = Gate(isOpen: false);
    }

    /// <summary>Lets nothing through on the connections there are; new ones are let through.</summary>
    public void Strand()
    {
        foreach (var stranded in _sockets.Values)
            stranded.TrySetResult();
    }

    /// <summary>Ends all connections; new ones are let through.</summary>
    public void Drop()
    {
        foreach (var socket in _sockets.Keys)
            Reset(socket);
    }

    /// <summary>Lets everything through at once.</summary>
    public void Restore()
    {
        (_cut, Delay) = (false, TimeSpan.Zero);
        _gate.TrySetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Restore();
        Drop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                if (_cut)
                    Reset(socket);
                else
                    _ = RelayAsync(socket);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or the client was gone before it was accepted.
            }
        }
    }

    private async Task RelayAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        _sockets[client] = _sockets[server] = Gate(isOpen: false);
        Interlocked.Increment(ref _connections);
        try
        {
            await _gate.Task;
            await server.ConnectAsync(_host, _port, _stop.Token);
            await Task.WhenAll(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is down, or the relay ends.
        }
        Reset(client);
        Reset(server);
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (Delay is var delay && delay > TimeSpan.Zero)
                    await Task.Delay(delay, _stop.Token);
                await _gate.Task;
                if (!_sockets.TryGetValue(to, out var stranded) || stranded.Task.IsCompleted)
                    continue;
                await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut, or one side has hung up: then so does the other.
            Reset(from);
            Reset(to);
        }
    }

    private void Reset(Socket socket)
    {
        _sockets.TryRemove(socket, out _);
        // A reset instead of a goodbye: what a process that died leaves behind.
        socket.Close(timeout: 0);
    }

    private static TaskCompletionSource Gate(bool isOpen)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isOpen)
            gate.SetResult();
        return gate;
    }
}
