using System.Buffers.Binary;
using System.Net;
using System.Text;
using Gateway.Keys;

namespace Gateway;

/// <summary>How far a PROXY protocol header could be read.</summary>
internal enum ProxyHeaderState
{
    /// <summary>What has come so far begins like one.</summary>
    Incomplete,

    /// <summary>It is none, or one that says what it must not.</summary>
    Malformed,

    /// <summary>It is whole.</summary>
    Complete,
}

/// <summary>
/// The header a proxy puts before a connection's bytes to say whose connection it is ("The PROXY protocol", versions 1
/// and 2, haproxy.org). Read strictly and by its bounds alone: who may send one has been settled before.
/// <code>
///   v1   PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n       PROXY TCP6 …      PROXY UNKNOWN …\r\n
///   v2   12 bytes of signature · version and command · family and protocol · length (2) · addresses · TLVs, skipped
/// </code>
/// </summary>
/// <param name="State">How far it could be read.</param>
/// <param name="Length">Bytes it takes, when complete.</param>
/// <param name="Source">The client; null when the proxy speaks for itself (LOCAL, UNKNOWN), as it does to see whether
/// anybody listens.</param>
/// <param name="Problem">What is wrong with it, a constant; null when nothing is.</param>
internal readonly record struct ProxyHeader(ProxyHeaderState State, int Length, IPEndPoint? Source, string? Problem)
{
    /// <summary>More than any proxy sends: addresses and TLVs of the longest kind take some 500 bytes.</summary>
    public const int MaxBytes = 2048;

    private const int MaxTextBytes = 107; // of the protocol, line end included
    private const int FixedBytes = 16;
    private const byte Version2 = 2;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;
    private static ReadOnlySpan<byte> TextBegins => "PROXY "u8;

    /// <summary>Reads the header that <paramref name="bytes"/> begin with.</summary>
    public static ProxyHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return Incomplete;
        return bytes[0] == Signature[0] ? ReadBinary(bytes) : ReadText(bytes);
    }

    private static ProxyHeader Incomplete => new(ProxyHeaderState.Incomplete, 0, null, null);

    private static ProxyHeader Malformed(string problem) => new(ProxyHeaderState.Malformed, 0, null, problem);

    private static ProxyHeader Complete(int length, IPEndPoint? source) =>
        new(ProxyHeaderState.Complete, length, source, null);

    private static ProxyHeader ReadText(ReadOnlySpan<byte> bytes)
    {
        if (!BeginsLike(bytes, TextBegins))
            return Malformed("there is no PROXY protocol header");
        var line = bytes[..Math.Min(bytes.Length, MaxTextBytes)];
        var end = line.IndexOf("\r\n"u8);
        if (end < 0)
            return bytes.Length < MaxTextBytes ? Incomplete : Malformed("the header's line is too long");
        Span<char> text = stackalloc char[MaxTextBytes];
        Encoding.Latin1.GetChars(line[..end], text);
        return ReadWords(text[..end], end + 2);
    }

    private static ProxyHeader ReadWords(ReadOnlySpan<char> line, int length)
    {
        if (line is "PROXY UNKNOWN" || line.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal))
            return Complete(length, null);
        Span<Range> words = stackalloc Range[7];
        if (line.Split(words, ' ') != 6)
            return Malformed("the header's line does not have six words");
        var isVersion6 = line[words[1]] is "TCP6";
        if (!isVersion6 && line[words[1]] is not "TCP4")
            return Malformed("the header's line names no protocol there is");
        if (!TryRead(line[words[2]], isVersion6, out var client) || !TryRead(line[words[3]], isVersion6, out _))
            return Malformed("the header's line has an address that is none");
        if (
            !StrictAddress.TryParseDecimal(line[words[4]], ushort.MaxValue, out var port)
            || !StrictAddress.TryParseDecimal(line[words[5]], ushort.MaxValue, out _)
        )
            return Malformed("the header's line has a port that is none");
        return Complete(length, new IPEndPoint(client!, port));
    }

    private static bool TryRead(ReadOnlySpan<char> text, bool isVersion6, out IPAddress? address)
    {
        address = null;
        return text.Contains(':') == isVersion6 && StrictAddress.TryParse(text, out address);
    }

    private static ProxyHeader ReadBinary(ReadOnlySpan<byte> bytes)
    {
        if (!BeginsLike(bytes, Signature))
            return Malformed("there is no PROXY protocol header");
        if (bytes.Length < FixedBytes)
            return Incomplete;
        var (version, command) = (bytes[12] >> 4, bytes[12] & 0xF);
        if (version != Version2 || command > 1)
            return Malformed("the header has a version or a command that there is not");
        var length = FixedBytes + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (length > MaxBytes)
            return Malformed("the header is too long");
        if (bytes.Length < length)
            return Incomplete;
        return command == 0 ? Complete(length, null) : ReadAddresses(bytes[13], bytes[FixedBytes..length], length);
    }

    private static ProxyHeader ReadAddresses(byte kind, ReadOnlySpan<byte> body, int length)
    {
        // Source and destination address, source and destination port.
        const int version4 = 4 + 4 + 2 + 2;
        const int version6 = 16 + 16 + 2 + 2;
        return kind switch
        {
            0x00 => Complete(length, null), // "unspecified": the protocol says to go by the connection itself
            0x11 when body.Length >= version4 => Complete(length, EndPoint(body[..4], body[8..])),
            0x21 when body.Length >= version6 => Complete(length, EndPoint(body[..16], body[32..])),
            0x11 or 0x21 => Malformed("the header is too short for its addresses"),
            _ => Malformed("the header is not of a TCP connection"),
        };
    }

    private static IPEndPoint EndPoint(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port) =>
        new(StrictAddress.Normalize(new IPAddress(address)), BinaryPrimitives.ReadUInt16BigEndian(port));

    private static bool BeginsLike(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> pattern) =>
        bytes.Length < pattern.Length ? pattern.StartsWith(bytes) : bytes.StartsWith(pattern);
}
