using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Gateway.Admin;

/// <summary>How often sign-in may be tried from one address: whoever guesses tokens or codes is slowed down, and so is the
/// work they cause. Of IPv6 a /64 counts as one: that is what one customer has.</summary>
public sealed class SignInLimit(AdminSettings settings) : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, string>(
        address =>
            RateLimitPartition.GetFixedWindowLimiter(
                PartitionOf(address),
                _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = settings.Admin.Console.SignInsPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                }
            )
    );

    /// <summary>Whether this address may try once more.</summary>
    public bool TryTake(IPAddress address)
    {
        using var lease = _limiter.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private static string PartitionOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
