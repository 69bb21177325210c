using System.Diagnostics.Metrics;
using System.Net;
using Gateway.Keys;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listeners;

/// <summary>
/// Keeps one address from taking all the connections there may be. A connection is a stranger's until a request on it was let
/// through with a key, which costs whoever only opens connections nothing to wait for: 3,072 were all that a gateway in 512 MiB
/// takes, and headers of 30 KiB that never end made its collector move 240 MiB over and over. Those that have shown a key are
/// not counted, so that a proxy or an office behind one address is not held up by it; nor are those of trusted proxies, which
/// bring everybody. Which connections have shown one is only asked while an address has half of what it may: to ask costs
/// each request a hundredth of its way. Both processes compile this file.
/// </summary>
/// <param name="most">Strangers' connections there may be at once from one address (IPv6: from one /64); 0 for no bound.</param>
/// <param name="exempt">Addresses that are not counted.</param>
public sealed class Strangers(long most, IReadOnlyList<IpRanges> exempt)
{
    /// <summary>What an address may have of all connections there may be, unless it is set otherwise: a flood then needs
    /// several, and each leaves room for everybody else.</summary>
    public const int ShareOfConnections = 4;

    // From so many on it is asked which are strangers.
    private readonly long _many = Math.Max(1, most / 2);
    private readonly int[] _addresses = new int[AddressCells.Count];

    // Addresses that have so many.
    private int _crowded;
    private long _refused;

    /// <summary>Connections closed so far because their address had as many as it may.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Has a process's metrics tell of them.</summary>
    public void Tell(Meter meter) =>
        meter.CreateObservableCounter(
            "gateway.connections.refused",
            () => Refused,
            null,
            "Connections closed because their address has as many without a key as it may"
        );

    /// <summary>For <c>ListenOptions.Use</c>; once more behind what says that the peer speaks for somebody else.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next) =>
        connection =>
            most > 0 && connection.RemoteEndPoint is IPEndPoint peer && !IsExempt(peer.Address)
                ? CountAsync(connection, AddressCells.Of(StrictAddress.Normalize(peer.Address)), next)
                : next(connection);

    /// <summary>A request was let through with a key: its connection is no stranger's any more.</summary>
    public void Know(HttpContext context)
    {
        if (Volatile.Read(ref _crowded) > 0)
            context.Features.Get<Stranger>()?.Leave();
    }

    private bool IsExempt(IPAddress peer)
    {
        foreach (var ranges in exempt)
        {
            if (ranges.Count > 0 && ranges.Contains(StrictAddress.Normalize(peer)))
                return true;
        }
        return false;
    }

    private async Task CountAsync(ConnectionContext connection, int cell, ConnectionDelegate next)
    {
        var stranger = new Stranger(this, cell);
        try
        {
            if (Enter(cell) > most)
            {
                Interlocked.Increment(ref _refused);
                connection.Abort(new ConnectionAbortedException("Its address has as many connections as it may."));
                return;
            }
            connection.Features.Set(stranger);
            await next(connection);
        }
        finally
        {
            stranger.Leave();
        }
    }

    private int Enter(int cell)
    {
        var count = Interlocked.Increment(ref _addresses[cell]);
        if (count == _many)
            Interlocked.Increment(ref _crowded);
        return count;
    }

    private void Leave(int cell)
    {
        if (Interlocked.Decrement(ref _addresses[cell]) == _many - 1)
            Interlocked.Decrement(ref _crowded);
    }

    // Requests of a connection see its features.
    private sealed class Stranger(Strangers all, int cell)
    {
        private int _hasLeft;

        public void Leave()
        {
            if (Volatile.Read(ref _hasLeft) == 0 && Interlocked.Exchange(ref _hasLeft, 1) == 0)
                all.Leave(cell);
        }
    }
}
