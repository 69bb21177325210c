using System.Net;

namespace Gateway;

/// <summary>
/// A number for each client address, of as many as there is room to count for, however many addresses there are. Two that
/// meet share what is counted; where they meet nobody outside can tell, because the hash is keyed anew in each process.
/// </summary>
internal static class AddressCells
{
    /// <summary>How many there are.</summary>
    public const int Count = 1 << 16;

    // A network hands a client a whole /64, and it may come from any address in it.
    private const int NetworkBytes = 8;

    /// <summary>Of an address (IPv6: of its /64).</summary>
    public static int Of(IPAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        client.TryWriteBytes(bytes, out var length);
        var hash = new HashCode();
        hash.AddBytes(bytes[..Math.Min(length, NetworkBytes)]);
        return (int)((uint)hash.ToHashCode() % Count);
    }
}
