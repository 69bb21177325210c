using System.Buffers.Binary;
using System.Net;

namespace Gateway;

/// <summary>
/// The IPv4 addresses that came in as IPv6 ones, as they do at a listener on every address of both kinds
/// (<c>http://*:8080</c>). Each request would otherwise cost an address and its text. A place each for some of them: who
/// comes to a place that is another's takes it over, so that it is bounded and a lock is never needed.
/// </summary>
internal static class UnmappedAddresses
{
    private const int PlacesLog2 = 12;

    // 2^32 divided by the golden ratio: neighbours end up far from each other.
    private const uint Spread = 0x9E3779B9;

    private static readonly Place?[] Places = new Place?[1 << PlacesLog2];

    /// <summary>The IPv4 address of an IPv4-mapped one; any other as it is.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (!address.IsIPv4MappedToIPv6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var number = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        ref var place = ref Places[number * Spread >> (32 - PlacesLog2)];
        if (Volatile.Read(ref place) is { } known && known.Number == number)
            return known.Address;
        var taken = new Place(number, address.MapToIPv4());
        Volatile.Write(ref place, taken);
        return taken.Address;
    }

    private sealed record Place(uint Number, IPAddress Address);
}
