using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Tests;

/// <summary>The PROXY protocol's header as a proxy writes it is read as it was meant, any beginning of it is waited for, and
/// nothing else is taken for one.</summary>
public sealed class ProxyHeaderModelTests
{
    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    private static readonly Gen<IPEndPoint> Client =
        from isVersion6 in Gen.Elements(true, false)
        from bytes in Gen.Choose(0, 255).ArrayOf(isVersion6 ? 16 : 4)
        from port in Gen.Choose(0, 65_535)
        select new IPEndPoint(new IPAddress([.. bytes.Select(b => (byte)b)]), port);

    [Fact]
    public void WhatAProxyWrites_IsReadAsItWasMeant_AndEveryBeginningOfIt_IsWaitedFor() =>
        Property.ForAll(
            from client in Client
            from tlvs in Gen.Choose(0, 60)
            from rest in Property.Text(3, "GET / HTTP/1.1\r\n", "PROXY ", "\r\n", "\0")
            select (client, tlvs, rest),
            c => IsRead(Text(c.client), c.rest, c.client) && IsRead(Binary(c.client, c.tlvs), c.rest, c.client),
            500 * FuzzOptions.Times
        );

    [Fact]
    public void WhatIsSpoiled_IsNeverMoreThanItsBytes_AndNeverAnException()
    {
        for (var i = 0; i < 20_000 * FuzzOptions.Times; i++)
        {
            var random = FuzzOptions.RandomOf(i);
            var client = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 5);
            var fine = random.Next(2) == 0 ? Text(client) : Binary(client, random.Next(9));
            var bytes = ByteMutator.Mutate(fine, fine, random);
            var header = ProxyHeader.Read(bytes);
            Assert.InRange(header.Length, 0, Math.Min(bytes.Length, ProxyHeader.MaxBytes));
            Assert.Equal(header.State == ProxyHeaderState.Malformed, header.Problem is not null);
            if (header is { State: ProxyHeaderState.Complete, Source: { } source })
                Assert.True(Says(bytes.AsSpan(0, header.Length), source), FrameMutator.Show(bytes));
            // A header that never ends is not waited for.
            Assert.True(header.State != ProxyHeaderState.Incomplete || bytes.Length < ProxyHeader.MaxBytes);
        }
    }

    // The address that was read stands there: as a word of the line, or as bytes at their place.
    private static bool Says(ReadOnlySpan<byte> header, IPEndPoint source)
    {
        if (header[0] == (byte)'P')
        {
            var words = Encoding.Latin1.GetString(header).TrimEnd('\r', '\n').Split(' ');
            return source.Address.Equals(Gateway.Keys.StrictAddress.Normalize(IPAddress.Parse(words[2])))
                && words[4] == source.Port.ToString();
        }
        var length = header[13] == 0x21 ? 16 : 4;
        var address = Gateway.Keys.StrictAddress.Normalize(new IPAddress(header.Slice(16, length)));
        return source.Address.Equals(address)
            && source.Port == BinaryPrimitives.ReadUInt16BigEndian(header[(16 + (2 * length))..]);
    }

    private static bool IsRead(byte[] header, string rest, IPEndPoint client)
    {
        var read = ProxyHeader.Read([.. header, .. Encoding.Latin1.GetBytes(rest)]);
        var meant = new IPEndPoint(Gateway.Keys.StrictAddress.Normalize(client.Address), client.Port);
        return read.State == ProxyHeaderState.Complete
            && read.Length == header.Length
            && meant.Equals(read.Source)
            && Enumerable
                .Range(0, header.Length)
                .All(n => ProxyHeader.Read(header.AsSpan(0, n)).State == ProxyHeaderState.Incomplete);
    }

    private static byte[] Text(IPEndPoint client)
    {
        var isVersion6 = client.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6;
        var (family, other) = isVersion6 ? ("TCP6", "2001:db8::1") : ("TCP4", "192.0.2.1");
        return Encoding.ASCII.GetBytes($"PROXY {family} {client.Address} {other} {client.Port} 443\r\n");
    }

    private static byte[] Binary(IPEndPoint client, int tlvs)
    {
        var address = client.Address.GetAddressBytes();
        byte[] body = [.. address, .. address, .. Number(client.Port), .. Number(443), .. new byte[tlvs]];
        return [.. Signature, 0x21, address.Length == 16 ? (byte)0x21 : (byte)0x11, .. Number(body.Length), .. body];
    }

    private static byte[] Number(int number) => [(byte)(number >> 8), (byte)number];
}
