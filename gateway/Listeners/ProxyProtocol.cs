using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net;
using Gateway.Keys;
using Microsoft.AspNetCore.Connections;

namespace Gateway;

/// <summary>
/// Takes the PROXY protocol at the listeners that are told to: a connection there begins with a header of a trusted peer
/// and is otherwise closed, without an answer. It comes before TLS, and what it says takes the place of the TCP peer:
/// <see cref="ClientAddress"/> and logs see nothing else. A listener that is not told to never looks for one: there a
/// header is bytes that are not HTTP.
/// </summary>
public sealed partial class ProxyProtocol(IpRanges trusted, TimeProvider clock, ILogger<ProxyProtocol> log)
{
    // A proxy sends it with its first packet. Whoever does not holds a connection, and file descriptors run out.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly string[] Reasons = ["untrusted", "malformed", "timeout", "ended"];

    private readonly long[] _refused = new long[Reasons.Length];

    private enum Refusal
    {
        Untrusted,
        Malformed,
        Timeout,
        Ended,
    }

    /// <summary>Rules that a test has taken out.</summary>
    internal EdgeRules Without { get; set; }

    /// <summary>Connections refused so far, by reason.</summary>
    internal IEnumerable<Measurement<long>> Refused() =>
        Reasons.Select(
            (reason, i) =>
                new Measurement<long>(
                    Interlocked.Read(ref _refused[i]),
                    new KeyValuePair<string, object?>("reason", reason)
                )
        );

    /// <summary>For <c>ListenOptions.Use</c>, before <c>UseHttps</c>.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next) =>
        async connection =>
        {
            if (await TakeAsync(connection))
                await next(connection);
        };

    private async Task<bool> TakeAsync(ConnectionContext connection)
    {
        if (
            connection.RemoteEndPoint is not IPEndPoint peer
            || !trusted.Contains(StrictAddress.Normalize(peer.Address))
        )
            return Refuse(Refusal.Untrusted, "the peer is not trusted");
        using var patience = new CancellationTokenSource(Patience, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, connection.ConnectionClosed);
        try
        {
            return await ReadAsync(connection, over.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return Refuse(Refusal.Timeout, "there is no header in time");
        }
        // Who looks whether anybody listens hangs up, one way or another.
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return Refuse(Refusal.Ended, "the connection ended");
        }
    }

    private async Task<bool> ReadAsync(ConnectionContext connection, CancellationToken over)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(over);
            var header = Read(read.Buffer);
            if (header.State is ProxyHeaderState.Complete)
            {
                input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                if (header.Source is { } client)
                    connection.RemoteEndPoint = client;
                return true;
            }
            var isMalformed = header.State is ProxyHeaderState.Malformed;
            if (isMalformed && Without.Has(EdgeRules.Proxied))
            {
                input.AdvanceTo(read.Buffer.Start);
                return true;
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (isMalformed)
                return Refuse(Refusal.Malformed, header.Problem!);
            if (read.IsCompleted)
                return Refuse(Refusal.Ended, "the connection ended");
        }
    }

    private static ProxyHeader Read(ReadOnlySequence<byte> buffer)
    {
        Span<byte> bytes = stackalloc byte[ProxyHeader.MaxBytes];
        var length = (int)Math.Min(buffer.Length, bytes.Length);
        buffer.Slice(0, length).CopyTo(bytes);
        return ProxyHeader.Read(bytes[..length]);
    }

    private bool Refuse(Refusal refusal, string why)
    {
        Interlocked.Increment(ref _refused[(int)refusal]);
        LogRefused(why);
        return false;
    }

    // Whoever scans ports would fill a log of higher level.
    [LoggerMessage(1, LogLevel.Information, "A connection without a usable PROXY protocol header was closed: {Why}")]
    private partial void LogRefused(string why);
}
