using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Listeners;

/// <summary>
/// Keeps whoever speaks HTTP/2 from filling the memory with requests nobody has looked at yet. The server reads headers as
/// fast as they come and puts each request in line; headers that a client has us remember cost it a byte and us as much as
/// they are long (RFC 7541 section 7.3). Of a hundred streams with 28 KiB each a connection makes 6 MiB out of 3 KiB, and 200
/// connections ended a process of 512 MiB within two seconds, without a key. So what came over HTTP/2 is handed on only
/// while the heap, and the most that others may be making of what they were handed, are no more than three quarters of what
/// there is: what has been read is answered meanwhile and goes. HTTP/1.1 is one request a connection, which the number of connections
/// bounds. Both processes compile this file.
/// </summary>
public sealed class HeapValve(TimeProvider clock)
{
    // What the server takes at once, the least a request can be in it, and the most it can become: 32 KiB of headers, two
    // bytes a character. It opens no more than a hundred of them.
    private const int ChunkBytes = 4096;
    private const int RequestBytes = 16;
    private const int Requests = 100;
    private const long HeldBytes = 64 * 1024;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    // A collection takes up to a tenth of a second of a processor that others want as well, and stops them for some 2 ms of it:
    // four of them a second were in the way of one request in a hundred. What has been answered is kept for 5 s anyway.
    private static readonly TimeSpan Collecting = TimeSpan.FromSeconds(1);

    // Reading a chunk takes far less, unless the connection is stuck because its client does not read.
    private static readonly TimeSpan ReadingMax = TimeSpan.FromSeconds(1);

    // Those who are reading what they were handed, the longest first.
    private readonly LinkedList<Reader> _reading = [];
    private readonly Lock _lock = new();
    private long _promised;

    private long _held;
    private long _hungUp;
    private long _lastCollected;

    /// <summary>Bytes on the heap past which nothing more is handed on: the last quarter is for what was handed on already, and
    /// for what the collector has not found yet. Much less would not do: 100,000 keys in memory, as many as there are unless
    /// it is set otherwise, are 150 MiB of the 384 of a small container.</summary>
    internal long Most { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Bytes on the heap now, with those nobody needs any more.</summary>
    internal Func<long> Used { get; init; } = static () => GC.GetTotalMemory(forceFullCollection: false);

    /// <summary>How long a connection is held before it is hung up on, and with it all it has in flight: longer than the server
    /// keeps what it has answered (5 s).</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads that had to wait so far.</summary>
    internal long Held => Interlocked.Read(ref _held);

    /// <summary>Connections that waited too long, so far.</summary>
    internal long HungUp => Interlocked.Read(ref _hungUp);

    /// <summary>Has a process's metrics tell of it.</summary>
    public void Tell(Meter meter)
    {
        meter.CreateObservableCounter("gateway.http2.held", () => Held, null, "Times HTTP/2 had to wait for memory");
        meter.CreateObservableCounter(
            "gateway.http2.closed",
            () => HungUp,
            null,
            "HTTP/2 connections closed for want of memory"
        );
    }

    /// <summary>Puts it on a listener.</summary>
    public void Guard(ListenOptions listener) =>
        listener.Use(next =>
            // Read as the listener is built: settings have had their say.
            listener.Protocols.HasFlag(HttpProtocols.Http2)
                ? Wrap(next, isAlwaysHttp2: listener.Protocols is HttpProtocols.Http2)
                : next
        );

    private ConnectionDelegate Wrap(ConnectionDelegate next, bool isAlwaysHttp2) =>
        connection =>
        {
            var transport = connection.Transport;
            connection.Transport = new Duplex(new Reader(this, connection, isAlwaysHttp2), transport.Output);
            return next(connection);
        };

    // Whoever is handed something has room kept for the most it may become until they come for more.
    private bool TryHand(Reader reader, long bytes)
    {
        var become = Math.Min(Requests, 1 + (Math.Min(bytes, ChunkBytes) / RequestBytes)) * HeldBytes;
        lock (_lock)
        {
            Expire();
            if (Used() + _promised + become > Most)
                return false;
            _promised += become;
            (reader.Promised, reader.Since) = (become, clock.GetTimestamp());
            _reading.AddLast(reader.Node);
            return true;
        }
    }

    private void Return(Reader reader)
    {
        if (reader.Node.List is null)
            return;
        lock (_lock)
            Forget(reader);
    }

    private void Expire()
    {
        while (_reading.First is { } first && clock.GetElapsedTime(first.Value.Since) > ReadingMax)
            Forget(first.Value);
    }

    private void Forget(Reader reader)
    {
        if (reader.Node.List is null)
            return;
        _reading.Remove(reader.Node);
        _promised -= reader.Promised;
    }

    private async ValueTask<ReadResult> HoldAsync(ReadResult read, Reader reader, ConnectionContext connection)
    {
        Interlocked.Increment(ref _held);
        var began = clock.GetTimestamp();
        do
        {
            Collect();
            if (clock.GetElapsedTime(began) >= Patience)
            {
                Interlocked.Increment(ref _hungUp);
                var reason = new ConnectionAbortedException("There is no memory for what this connection sends.");
                connection.Abort(reason);
                throw reason;
            }
            await Task.Delay(Step, clock, connection.ConnectionClosed)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (connection.ConnectionClosed.IsCancellationRequested)
                throw new ConnectionAbortedException("The client is gone.");
        } while (!TryHand(reader, read.Buffer.Length));
        return read;
    }

    // With everybody held nothing is allocated, and the collector would see no reason to run.
    private void Collect()
    {
        var (last, now) = (Interlocked.Read(ref _lastCollected), clock.GetTimestamp());
        var isDue = last == 0 || clock.GetElapsedTime(last, now) >= Collecting;
        if (isDue && Interlocked.CompareExchange(ref _lastCollected, now, last) == last)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;
        public PipeWriter Output => output;
    }

    // What a connection reads; passes through unless it speaks HTTP/2.
    private sealed class Reader : PipeReader
    {
        private readonly HeapValve _valve;
        private readonly ConnectionContext _connection;
        private readonly PipeReader _inner;
        private bool _isHttp2;

        public Reader(HeapValve valve, ConnectionContext connection, bool isAlwaysHttp2)
        {
            (_valve, _connection, _inner, _isHttp2) = (valve, connection, connection.Transport.Input, isAlwaysHttp2);
            Node = new(this);
        }

        /// <summary>Its place among those who read; in no list when it does not. This and what follows is the valve's.</summary>
        public LinkedListNode<Reader> Node { get; }

        public long Promised { get; set; }

        public long Since { get; set; }

        // Over TLS it is agreed on as the connection begins.
        private bool IsHttp2 =>
            _isHttp2
            || (
                _isHttp2 =
                    _connection.Features.Get<ISslStreamFeature>()?.SslStream is { IsAuthenticated: true } tls
                    && tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
            );

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var reading = _inner.ReadAsync(cancellationToken);
            if (!IsHttp2)
                return reading;
            _valve.Return(this);
            if (!reading.IsCompletedSuccessfully)
                return WaitAsync(reading);
            var read = reading.Result;
            return MayPass(read) ? new(read) : _valve.HoldAsync(read, this, _connection);
        }

        // Looked at once something is there: what it is about to become is what counts.
        private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading)
        {
            var read = await reading;
            return MayPass(read) ? read : await _valve.HoldAsync(read, this, _connection);
        }

        private bool MayPass(ReadResult read) =>
            read.Buffer.IsEmpty || read.IsCanceled || _valve.TryHand(this, read.Buffer.Length);

        public override bool TryRead(out ReadResult result) => _inner.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => _inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
            _inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => _inner.CancelPendingRead();

        public override void Complete(Exception? exception = null)
        {
            _valve.Return(this);
            _inner.Complete(exception);
        }
    }
}
