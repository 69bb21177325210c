using System.Buffers;
using System.Buffers.Binary;
using System.Net;

namespace Gateway.Keys;

/// <summary>
/// Reads IP addresses one way only. <see cref="IPAddress.Parse(string)"/> also takes octal and hexadecimal numbers
/// (<c>010.0.0.1</c> is 8.0.0.1), short forms (<c>10.1</c>, <c>167772160</c>) and zones, all of which other software
/// reads differently (CVE-2021-29921, CVE-2021-29923): an address that two parties can read as two is refused here.
/// </summary>
public static class StrictAddress
{
    private const int MaxLength = 45; // RFC 4291: eight groups, the last two in dotted form

    private static readonly SearchValues<char> Version6 = SearchValues.Create("0123456789ABCDEFabcdef:.");

    /// <summary>
    /// Reads a whole text as an IPv4 address (four decimal numbers without leading zeros) or an IPv6 address (RFC 4291
    /// section 2.2, without brackets and zone). An IPv4-mapped IPv6 address becomes the IPv4 address it stands for.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPAddress? address)
    {
        address = null;
        if (TryParseV4(text, out var v4))
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, v4);
            address = new IPAddress(bytes);
        }
        else if (TryParseV6(text, out var v6))
        {
            address = Normalize(v6!);
        }
        return address is not null;
    }

    /// <summary>An IPv4-mapped IPv6 address as the IPv4 address it stands for, any other as it is.</summary>
    public static IPAddress Normalize(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    internal static bool TryParseV4(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        var numbers = 0;
        foreach (var range in text.Split('.'))
        {
            if (!TryParseDecimal(text[range], 255, out var number) || ++numbers > 4)
                return false;
            address = (address << 8) | (uint)number;
        }
        return numbers == 4;
    }

    // The framework reads the groups; what it would take beyond RFC 4291 is refused first.
    internal static bool TryParseV6(ReadOnlySpan<char> text, out IPAddress? address)
    {
        address = null;
        if (text.Length > MaxLength || text.ContainsAnyExcept(Version6) || !text.Contains(':'))
            return false;
        if (text.Contains('.') && !TryParseV4(text[(text.LastIndexOf(':') + 1)..], out _))
            return false;
        return IPAddress.TryParse(text, out address);
    }

    /// <summary>A number of decimal digits without sign, leading zeros or anything else.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<char> text, int max, out int number)
    {
        number = 0;
        if (text.Length is 0 or > 5 || (text.Length > 1 && text[0] == '0'))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = number * 10 + (c - '0');
        }
        return number <= max;
    }
}
