using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// The streams in flight: WebSockets, gRPC, server-sent events, any response without a <c>Content-Length</c>. They
/// outlive the decision that let them in, so they are judged again when something changes.
/// <code>
///   opening  StreamAdmission   1 add   2 judge by the record as it is now           → forward, or refuse
///   change   StreamChanges     1 evict the record   2 walk the streams, read, judge → acknowledge
///   time     StreamSweep       the key's end, the end of what a lost store allows, other routes
/// </code>
/// No order of the first two leaves a stream of a refused key open. Both change first and look afterwards, with a full
/// fence in between. So either the one that opens finds the record evicted, and reads it from the store, or the walk
/// finds the stream. A read that began after the stream was added, and does not see the change yet, was before its
/// commit, and so before the walk.
/// <para>
/// A flat set: a change walks it, which takes 5,000 streams a fraction of a millisecond. An index by key would cost every
/// stream, and requests whose length is known never come here.
/// </para>
/// </summary>
public sealed partial class OpenStreams(ILogger<OpenStreams> log)
{
    // What a stream can be closed for.
    private static readonly DenyReason[] Reasons =
    [
        DenyReason.InvalidApiKey,
        DenyReason.RevokedApiKey,
        DenyReason.DisabledApiKey,
        DenyReason.ExpiredApiKey,
        DenyReason.AccountSuspended,
        DenyReason.EnvironmentNotAllowed,
        DenyReason.IpNotAllowed,
        DenyReason.InsufficientPermissions,
        DenyReason.WalletNotAllowed,
        DenyReason.VerificationUnavailable,
        DenyReason.NoRoute,
    ];

    private readonly ConcurrentDictionary<OpenStream, byte> _open = new();
    private readonly long[] _closed = new long[Denials.All.Count];

    /// <summary>Streams in flight.</summary>
    public int Count => _open.Count;

    /// <summary>Whether there are none. Takes no lock as long as there are.</summary>
    public bool IsEmpty => _open.IsEmpty;

    /// <summary>Those in flight. Whatever was added before the walk began is in it.</summary>
    public IEnumerable<OpenStream> All => _open.Select(entry => entry.Key);

    /// <summary>Adds a stream that is to be opened; what is judged by is looked at after this. It goes when its request
    /// does.</summary>
    /// <inheritdoc cref="OpenStream(OpenStreams, HttpContext, RoutePolicy, string, string, string?)"/>
    public OpenStream Add(HttpContext context, RoutePolicy policy, string keyId, string accountId, string? wallet)
    {
        var stream = new OpenStream(this, context, policy, keyId, accountId, wallet);
        context.Response.RegisterForDispose(stream);
        _open.TryAdd(stream, 0);
        Interlocked.MemoryBarrier();
        return stream;
    }

    /// <summary>Forgets a stream.</summary>
    internal void Remove(OpenStream stream) => _open.TryRemove(stream, out _);

    /// <summary>Closes streams that would be refused now.</summary>
    /// <returns>How many were still open.</returns>
    internal int Close(IReadOnlyCollection<(OpenStream Stream, DenyReason Reason)> refused)
    {
        var closed = 0;
        foreach (var same in refused.GroupBy(r => (r.Stream.KeyId, r.Reason)))
        {
            var count = same.Count(r => Close(r.Stream));
            if (count == 0)
                continue;
            Interlocked.Add(ref _closed[(int)same.Key.Reason], count);
            LogClosed(count, same.Key.KeyId, Denials.For(same.Key.Reason).Code);
            closed += count;
        }
        return closed;
    }

    /// <summary>How many were closed since the start, by reason.</summary>
    internal IEnumerable<Measurement<long>> Closed() =>
        Reasons.Select(r => new Measurement<long>(
            Interlocked.Read(ref _closed[(int)r]),
            new KeyValuePair<string, object?>("reason", Denials.For(r).Code)
        ));

    private bool Close(OpenStream stream)
    {
        Remove(stream);
        return stream.Abort();
    }

    [LoggerMessage(1, LogLevel.Information, "Closed {Count} streams of key {KeyId}: {Reason}")]
    private partial void LogClosed(int count, string keyId, string reason);
}
