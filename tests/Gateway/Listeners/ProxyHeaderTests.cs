using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Gateway.Tests;

/// <summary>The PROXY protocol's header, byte by byte.</summary>
public sealed class ProxyHeaderTests
{
    public static TheoryData<byte[], string?> Whole =>
        new()
        {
            { Text("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), "192.0.2.1:56324" },
            { Text("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n"), "0.0.0.0:0" },
            { Text("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"), "[2001:db8::1]:1" },
            { Text("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n"), "192.0.2.7:1" },
            { Text("PROXY UNKNOWN\r\n"), null },
            { Text("PROXY UNKNOWN whatever it says\r\n"), null },
            { Binary(0x21, 0x11, [192, 0, 2, 1, 192, 0, 2, 2, 0xDC, 0x04, 1, 0xBB]), "192.0.2.1:56324" },
            { Binary(0x21, 0x21, [.. V6("2001:db8::1"), .. V6("::2"), 0, 1, 0, 2]), "[2001:db8::1]:1" },
            { Binary(0x21, 0x21, [.. V6("::ffff:192.0.2.7"), .. V6("::2"), 0, 1, 0, 2]), "192.0.2.7:1" },
            // TLVs after the addresses, whatever is in them.
            { Binary(0x21, 0x11, [192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2, 0x04, 0xFF, 0xFF, 9]), "192.0.2.1:1" },
            { Binary(0x20, 0x00, []), null },
            { Binary(0x20, 0x11, [1, 2, 3]), null },
            { Binary(0x21, 0x00, [1, 2, 3]), null },
        };

    [Theory]
    [MemberData(nameof(Whole))]
    public void Header_IsReadOnceWhole_AndNoByteBefore(byte[] header, string? client)
    {
        for (var length = 0; length < header.Length; length++)
            Assert.Equal(ProxyHeaderState.Incomplete, ProxyHeader.Read(header.AsSpan(0, length)).State);

        // What follows is none of its business, also when it looks like another header.
        foreach (var rest in new[] { "", "GET / HTTP/1.1\r\n", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" })
        {
            var read = ProxyHeader.Read([.. header, .. Text(rest)]);
            Assert.Equal((ProxyHeaderState.Complete, header.Length), (read.State, read.Length));
            Assert.Equal(client is null ? null : IPEndPoint.Parse(client), read.Source);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 010.0.0.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 10.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 0x0a.0.0.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.256 1 2\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY TCP4 ::ffff:192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\nGET / HTTP/1.1\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY \r\n")]
    public void TextThatIsNoHeader_IsRefused(string text) =>
        Assert.Equal(ProxyHeaderState.Malformed, ProxyHeader.Read(Text(text)).State);

    [Fact]
    public void TextWithoutAnEnd_IsRefused_OnceItIsLongerThanAny()
    {
        var longest = "PROXY UNKNOWN " + new string('x', 107 - "PROXY UNKNOWN \r\n".Length);
        Assert.Equal(ProxyHeaderState.Complete, ProxyHeader.Read(Text(longest + "\r\n")).State);
        Assert.Equal(ProxyHeaderState.Incomplete, ProxyHeader.Read(Text(longest + "x")).State);
        Assert.Equal(ProxyHeaderState.Malformed, ProxyHeader.Read(Text(longest + "xx\r\n")).State);
    }

    [Theory]
    [InlineData(0x11, 0x11, 12)] // version 1
    [InlineData(0x31, 0x11, 12)]
    [InlineData(0x22, 0x11, 12)] // no such command
    [InlineData(0x21, 0x12, 12)] // UDP
    [InlineData(0x21, 0x31, 216)] // a socket of this machine
    [InlineData(0x21, 0x11, 11)]
    [InlineData(0x21, 0x21, 35)]
    [InlineData(0x21, 0x11, ProxyHeader.MaxBytes - 15)]
    [InlineData(0x20, 0x00, 65535)]
    public void BinaryThatIsNoHeader_IsRefused(int command, int family, int length) =>
        Assert.Equal(
            ProxyHeaderState.Malformed,
            ProxyHeader.Read(Binary((byte)command, (byte)family, new byte[length])).State
        );

    [Fact]
    public void EveryOtherFirstByte_IsRefusedAtOnce()
    {
        for (var first = 0; first <= byte.MaxValue; first++)
        {
            var begins = first is '\r' or 'P';
            var state = ProxyHeader.Read([(byte)first]).State;
            Assert.Equal(begins ? ProxyHeaderState.Incomplete : ProxyHeaderState.Malformed, state);
        }
    }

    internal static byte[] Binary(byte command, byte family, byte[] body)
    {
        var header = new byte[16 + body.Length];
        "\r\n\r\n\0\r\nQUIT\n"u8.CopyTo(header);
        (header[12], header[13]) = (command, family);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)body.Length);
        body.CopyTo(header, 16);
        return header;
    }

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] V6(string address) => IPAddress.Parse(address).GetAddressBytes();
}
