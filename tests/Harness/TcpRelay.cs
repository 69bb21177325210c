using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests;

/// <summary>
/// A TCP relay on loopback, to put between two processes and then to break:
/// <code>
///   Cut      connections end with a reset, new ones too         a server that is down
///   Hold     connections stay, and nothing comes through        a network that stands still
///   Deafen   questions come through, answers do not             a route that is broken one way
///   Strand   connections stay, nothing comes through them any   a firewall that has forgotten them
///            more, not even their end; new ones are fine
///   Delay    everything comes later                             a slow network
///   Jitter   everything comes later, each time another while    an overloaded one
///   Fray     connections end with a reset after some bytes,     a bad cable; often in the middle of something
///            new ones too
///   Drop     connections end with a reset, new ones are fine    a server that was restarted
///   Restore  everything comes through, what was held too
/// </code>
/// </summary>
public sealed class TcpRelay : IAsyncDisposable
{
    // What a stranded connection's other end notices late, by its own keep-alive, and a test would never see the end of.
    private static readonly TimeSpan StrandedFor = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Connection, bool> _open = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _gate = Gate(isOpen: true);
    private volatile TaskCompletionSource _answers = Gate(isOpen: true);
    private volatile Dice? _jitter;
    private volatile Dice? _fray;
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

    /// <summary>Lets nothing through that the server says, and ends nothing: what is asked is done, and nobody hears of it.</summary>
    public void Deafen()
    {
        if (_answers.Task.IsCompleted)
            _answers = Gate(isOpen: false);
    }

    /// <summary>Lets nothing through on the connections there are, not even that one side has ended them; new ones are let
    /// through.</summary>
    public void Strand()
    {
        foreach (var connection in _open.Keys)
            connection.IsStranded = true;
    }

    /// <summary>Lets everything come later, each time by another while.</summary>
    /// <param name="seed">Of the whiles.</param>
    /// <param name="most">The longest.</param>
    public void Jitter(int seed, TimeSpan most) => _jitter = new Dice(seed, (int)most.TotalMilliseconds);

    /// <summary>Ends each connection after some bytes, wherever in the conversation that is.</summary>
    /// <param name="seed">Of their numbers.</param>
    /// <param name="most">The most bytes that pass.</param>
    public void Fray(int seed, int most) => _fray = new Dice(seed, most);

    /// <summary>Ends all connections; new ones are let through.</summary>
    public void Drop()
    {
        foreach (var connection in _open.Keys)
            Reset(connection);
    }

    /// <summary>Lets everything through at once.</summary>
    public void Restore()
    {
        (_cut, Delay, _jitter, _fray) = (false, TimeSpan.Zero, null, null);
        _gate.TrySetResult();
        _answers.TrySetResult();
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
                    socket.Close(timeout: 0);
                else
                    _ = RelayAsync(new Connection(socket));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or the client was gone before it was accepted.
            }
        }
    }

    private async Task RelayAsync(Connection connection)
    {
        _open[connection] = true;
        Interlocked.Increment(ref _connections);
        try
        {
            await _gate.Task;
            await connection.Server.ConnectAsync(_host, _port, _stop.Token);
            await Task.WhenAll(PumpAsync(connection, isAnswer: false), PumpAsync(connection, isAnswer: true));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is down, or the relay ends.
        }
        Reset(connection);
    }

    private async Task PumpAsync(Connection connection, bool isAnswer)
    {
        var (from, to) = isAnswer ? (connection.Server, connection.Client) : (connection.Client, connection.Server);
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, _stop.Token);
                await PassAsync(isAnswer);
                if (connection.IsStranded && count > 0)
                    continue;
                if (count == 0)
                    break;
                await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
                if (_fray is { } fray && connection.IsWornBy(count, fray))
                    Reset(connection);
            }
            if (!connection.IsStranded)
                to.Shutdown(SocketShutdown.Send);
            else
                await ForgetAsync(connection);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut, or one side has hung up: then so does the other, unless the network is to have forgotten them.
            if (connection.IsStranded)
                await ForgetAsync(connection);
            Reset(connection);
        }
    }

    private async Task ForgetAsync(Connection connection)
    {
        await Task.Delay(StrandedFor, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Reset(connection);
    }

    private async Task PassAsync(bool isAnswer)
    {
        var delay = Delay + TimeSpan.FromMilliseconds(_jitter?.Throw() ?? 0);
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, _stop.Token);
        await _gate.Task;
        if (isAnswer)
            await _answers.Task;
    }

    private void Reset(Connection connection)
    {
        _open.TryRemove(connection, out _);
        // A reset instead of a goodbye: what a process that died leaves behind.
        connection.Client.Close(timeout: 0);
        connection.Server.Close(timeout: 0);
    }

    private static TaskCompletionSource Gate(bool isOpen)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isOpen)
            gate.SetResult();
        return gate;
    }

    private sealed class Connection
    {
        private int _left = int.MaxValue;
        private volatile bool _stranded;

        public Connection(Socket client)
        {
            Client = client;
            Client.NoDelay = true;
        }

        public Socket Client { get; }
        public Socket Server { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public bool IsStranded
        {
            get => _stranded;
            set => _stranded = value;
        }

        public bool IsWornBy(int bytes, Dice fray)
        {
            Interlocked.CompareExchange(ref _left, fray.Throw(), int.MaxValue);
            return Interlocked.Add(ref _left, -bytes) < 0;
        }
    }

    // The same throws for the same seed; connections take them in the order in which they come.
    private sealed class Dice(int seed, int most)
    {
        private readonly Random _random = new(seed);

        public int Throw()
        {
            lock (_random)
                return _random.Next(most);
        }
    }
}
