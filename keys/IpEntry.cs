using System.Buffers.Binary;
using System.Net;

namespace Gateway.Keys;

/// <summary>One address or CIDR: every address from first to last, of IPv4 or of IPv6.</summary>
internal readonly record struct IpEntry(bool IsV4, UInt128 First, UInt128 Last)
{
    // 45 characters of address, a slash and three digits; what is longer is no entry.
    private const int MaxLength = 49;

    // RFC 4291 section 2.5.5.2: ::ffff:0:0/96 stands for the IPv4 addresses.
    private const int MappedPrefixLength = 96;
    private const uint MappedPrefix = 0xffff;

    /// <summary>Reads an entry; one that cannot be read is named in the problem, with what to write instead.</summary>
    internal static bool TryParse(string? text, out IpEntry entry, out string? problem)
    {
        entry = default;
        var slash = text is null ? -1 : text.IndexOf('/');
        var address = slash < 0 ? text : text.AsSpan(0, slash);
        if (!TryReadAddress(address, out var network, out var bits))
        {
            problem = AddressProblem(text);
            return false;
        }
        var length = bits;
        if (slash >= 0 && !StrictAddress.TryParseDecimal(text.AsSpan(slash + 1), bits, out length))
        {
            problem =
                $"'{Clip(text)}': after '/' comes a number from 0 to {bits}, without sign, spaces or leading zeros";
            return false;
        }
        problem = RangeProblem(text!, network, bits, length);
        if (problem is null)
            entry = Range(network, bits, length);
        return problem is null;
    }

    private static IpEntry Range(UInt128 network, int bits, int length)
    {
        var last = network | HostMask(bits, length);
        return IsMapped(network, bits) ? new(true, (uint)network, (uint)last) : new(bits == 32, network, last);
    }

    private static string? RangeProblem(string text, UInt128 network, int bits, int length)
    {
        if (IsMapped(network, bits) && length < MappedPrefixLength)
            return $"'{text}' is IPv4 and more than IPv4: write the IPv4 network, such as '10.0.0.0/8'";
        var hosts = HostMask(bits, length);
        if ((network & hosts) == 0)
            return null;
        return $"'{text}' has bits set beyond its prefix: write '{Print(network & ~hosts, bits)}/{length}' for the network "
            + $"or '{Print(network, bits)}' for the one address";
    }

    private static string AddressProblem(string? text)
    {
        var fix = text switch
        {
            null or "" => "an entry is an address or a CIDR",
            _ when text.Any(char.IsWhiteSpace) => "remove the spaces",
            _ when text.Contains('%') => "a zone means something on one machine only: leave it out",
            _ when text.Contains('[') || text.Contains(']') => "write the address without brackets and port",
            _ when text.All(c => char.IsAsciiDigit(c) || c is '.' or '/') =>
                "an IPv4 address is four numbers from 0 to 255, without leading zeros",
            _ =>
                "an entry is an address or a CIDR such as '203.0.113.7', '10.0.0.0/8' or '2001:db8::/32', without port",
        };
        return $"'{Clip(text)}': {fix}";
    }

    private static bool TryReadAddress(ReadOnlySpan<char> text, out UInt128 value, out int bits)
    {
        (value, bits) = (0, 32);
        if (StrictAddress.TryParseV4(text, out var v4))
        {
            value = v4;
            return true;
        }
        if (!StrictAddress.TryParseV6(text, out var v6))
            return false;
        Span<byte> bytes = stackalloc byte[16];
        v6!.TryWriteBytes(bytes, out _);
        (value, bits) = (BinaryPrimitives.ReadUInt128BigEndian(bytes), 128);
        return true;
    }

    private static bool IsMapped(UInt128 network, int bits) => bits == 128 && network >> 32 == MappedPrefix;

    // Shifting a UInt128 by 128 leaves it as it is, hence the case of its own.
    private static UInt128 HostMask(int bits, int length) =>
        bits - length == 128 ? UInt128.MaxValue : (UInt128.One << (bits - length)) - 1;

    private static string Print(UInt128 value, int bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(bits == 32 ? bytes[12..] : bytes).ToString();
    }

    private static string Clip(string? text) => text is { Length: > MaxLength } ? text[..MaxLength] + "…" : text ?? "";
}
