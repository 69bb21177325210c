using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Gateway.Admin;

/// <summary>How often something may be tried from one address in a minute: whoever guesses is slowed down, and so is the
/// work they cause. Of IPv6 a /64 counts as one: that is what one customer has.</summary>
/// <param name="perMinute">How often.</param>
public class ClientLimit(int perMinute) : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, string>(
        address =>
            RateLimitPartition.GetFixedWindowLimiter(
                PartitionOf(address),
                _ => new FixedWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1) }
            )
    );

    /// <summary>Whether this address may try once more.</summary>
    public bool TryTake(IPAddress address)
    {
        using var lease = _limiter.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _limiter.Dispose();
    }

    private static string PartitionOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
