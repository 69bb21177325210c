using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Keys;

// An entry is an address or a CIDR. Both families are kept apart, each as sorted, merged intervals:
//
//   entry text ──► StrictAddress ──► first..last of IPv4 (32 bits) or IPv6 (128 bits) ──► Intervals
//                  mapped IPv6 becomes IPv4 before anything else
//
// so that ::/0 is every IPv6 address and no IPv4 address, in whichever form the socket reports it. Looking up is a
// binary search; a list of 10,000 costs hardly more than a list of ten.

/// <summary>
/// A set of addresses, from addresses and CIDRs (RFC 4632, RFC 4291) read strictly. Immutable. The empty set contains
/// nothing: "anywhere" is the absence of a set, never an empty one.
/// </summary>
public sealed class IpRanges
{
    private readonly Intervals<uint> _v4;
    private readonly Intervals<UInt128> _v6;

    private IpRanges(List<(uint, uint)> v4, List<(UInt128, UInt128)> v6)
    {
        _v4 = new(v4);
        _v6 = new(v6);
    }

    /// <summary>No address at all.</summary>
    public static IpRanges Empty { get; } = new([], []);

    /// <summary>How many separate ranges there are once those that overlap or touch are merged.</summary>
    public int Count => _v4.Count + _v6.Count;

    /// <summary>Reads a list.</summary>
    /// <param name="entries">Addresses and CIDRs.</param>
    /// <param name="problems">Gets one line for each entry that cannot be read, naming it and the fix.</param>
    /// <returns>What could be read; narrower than what was meant when there are problems.</returns>
    public static IpRanges Parse(IReadOnlyList<string> entries, ICollection<string> problems)
    {
        var ranges4 = new List<(uint, uint)>();
        var ranges6 = new List<(UInt128, UInt128)>();
        foreach (var text in entries)
        {
            if (!IpEntry.TryParse(text, out var entry, out var problem))
                problems.Add(problem!);
            else if (entry.IsV4)
                ranges4.Add(((uint)entry.First, (uint)entry.Last));
            else
                ranges6.Add((entry.First, entry.Last));
        }
        return new(ranges4, ranges6);
    }

    /// <summary>Whether a text is an address or CIDR; if not, a line that names it and the fix.</summary>
    public static bool TryParseEntry(string entry, out string? problem) => IpEntry.TryParse(entry, out _, out problem);

    /// <summary>Whether an address is in the set; an IPv4-mapped one is IPv4, a zone is ignored. Allocates nothing.</summary>
    public bool Contains(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return _v4.Contains(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        return address.IsIPv4MappedToIPv6
            ? _v4.Contains(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))
            : _v6.Contains(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Whether every address of the other set is in this one.</summary>
    public bool Covers(IpRanges other) => _v4.Covers(other._v4) && _v6.Covers(other._v6);
}
