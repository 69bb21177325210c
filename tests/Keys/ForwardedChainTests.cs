using System.Net;
using FsCheck.Fluent;
using Gateway.Keys;

namespace Gateway.Tests;

public sealed class ForwardedChainTests
{
    private const string Proxy = "10.0.0.1";
    private const string Malformed = "malformed";

    private static readonly IpRanges Trusted = IpRanges.Parse(["10.0.0.0/8", "fd00::/8"], []);

    [Theory]
    [InlineData("203.0.113.9", "1.2.3.4")]
    [InlineData("203.0.113.9", "nonsense")]
    [InlineData("::ffff:203.0.113.9", "1.2.3.4")]
    public void APeerThatIsNotTrusted_IsTheClient(string peer, string header) =>
        Assert.Equal("203.0.113.9", Resolve(peer, ForwardedHeader.XForwardedFor, header));

    [Fact]
    public void WithoutTrustedProxies_ThePeerIsTheClient()
    {
        Assert.True(
            ForwardedChain.TryResolve(
                IPAddress.Loopback,
                ["1.2.3.4"],
                ForwardedHeader.XForwardedFor,
                IpRanges.Empty,
                out var client
            )
        );
        Assert.Equal(IPAddress.Loopback, client);
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("1.2.3.4, 198.51.100.7", "198.51.100.7")]
    [InlineData("1.2.3.4,198.51.100.7 ,\t10.0.0.3, 10.0.0.2", "198.51.100.7")]
    [InlineData("nonsense, , 198.51.100.7, 10.0.0.2", "198.51.100.7")]
    [InlineData("10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("198.51.100.7:4711", "198.51.100.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("[2001:db8::7]", "2001:db8::7")]
    [InlineData("[2001:db8::7]:4711, fd00::1, [fd00::2]:80", "2001:db8::7")]
    [InlineData("::ffff:198.51.100.7, ::ffff:10.0.0.2", "198.51.100.7")]
    [InlineData("[::ffff:198.51.100.7]:99", "198.51.100.7")]
    [InlineData("", Proxy)]
    [InlineData(" ", Proxy)]
    [InlineData("198.51.100.7,", Malformed)]
    [InlineData("198.51.100.7, , 10.0.0.2", Malformed)]
    [InlineData("198.51.100.7, unknown", Malformed)]
    [InlineData("198.51.100.7, nonsense, 10.0.0.2", Malformed)]
    [InlineData("\"198.51.100.7\"", Malformed)]
    [InlineData("0313.0.0161.5", Malformed)]
    [InlineData("010.0.0.2", Malformed)]
    [InlineData("198.51.100.7 evil", Malformed)]
    [InlineData("198.51.100.7:", Malformed)]
    [InlineData("198.51.100.7:65536", Malformed)]
    [InlineData("198.51.100.7:http", Malformed)]
    [InlineData("198.51.100.7:+1", Malformed)]
    [InlineData("[198.51.100.7]", Malformed)]
    [InlineData("[2001:db8::7", Malformed)]
    [InlineData("[2001:db8::7]x", Malformed)]
    [InlineData("[]", Malformed)]
    [InlineData(":80", Malformed)]
    [InlineData("fe80::1%eth0", Malformed)]
    [InlineData("[fe80::1%1]:80", Malformed)]
    [InlineData("198.51.100.0/24", Malformed)]
    [InlineData("for=198.51.100.7", Malformed)]
    [InlineData("198.51.100.7\u00a0", Malformed)]
    public void XForwardedFor_IsReadFromTheRight(string header, string expected) =>
        Assert.Equal(expected, Resolve(Proxy, ForwardedHeader.XForwardedFor, header));

    [Theory]
    [InlineData("for=198.51.100.7", "198.51.100.7")]
    [InlineData("For=198.51.100.7;Proto=https;by=203.0.113.43", "198.51.100.7")]
    [InlineData("by=10.0.0.9;proto=https; FOR=\"198.51.100.7:4711\"", "198.51.100.7")]
    [InlineData("for=1.2.3.4, for=198.51.100.7;host=\"a,b;for=9.9.9.9\", for=10.0.0.2", "198.51.100.7")]
    [InlineData("for=\"[2001:db8::7]\"", "2001:db8::7")]
    [InlineData("for=\"[2001:db8::7]:4711\", for=\"[fd00::1]\"", "2001:db8::7")]
    [InlineData("for=\"[::ffff:198.51.100.7]:99\"", "198.51.100.7")]
    [InlineData("for=198.51.100.7;;proto=http;", "198.51.100.7")]
    [InlineData("for=198.51.100.7;host=\"evil\\\", for=9.9.9.9\"", "198.51.100.7")]
    [InlineData("for=198.51.100.7;host=\"evil\\\\\"", "198.51.100.7")]
    [InlineData("for=198.51.100.7;host=example.com:8080", "198.51.100.7")]
    [InlineData("nonsense, for=\"unclosed, for=198.51.100.7", "198.51.100.7")]
    [InlineData("for=10.0.0.3, for=10.0.0.2", "10.0.0.3")]
    [InlineData("", Proxy)]
    [InlineData("for=unknown", Malformed)]
    [InlineData("for=_hidden", Malformed)]
    [InlineData("for=_hidden, for=unknown", Malformed)]
    [InlineData("proto=https", Malformed)]
    [InlineData("198.51.100.7", Malformed)]
    [InlineData("for=198.51.100.7;for=1.2.3.4", Malformed)]
    [InlineData("for=198.51.100.7:80", Malformed)]
    [InlineData("for=[2001:db8::7]", Malformed)]
    [InlineData("for=2001:db8::7", Malformed)]
    [InlineData("for=\"2001:db8::7\"", Malformed)]
    [InlineData("for=\"198.51.100.7", Malformed)]
    [InlineData("for=\"198.51.100.7\"x", Malformed)]
    [InlineData("for=\"198.51\\.100.7\"", Malformed)]
    [InlineData("for=\"\"", Malformed)]
    [InlineData("for=\"", Malformed)]
    [InlineData("for=", Malformed)]
    [InlineData("for =198.51.100.7", Malformed)]
    [InlineData("for= 198.51.100.7", Malformed)]
    [InlineData("for=\" 198.51.100.7\"", Malformed)]
    [InlineData("for=198.51.100.7;junk", Malformed)]
    [InlineData("for=198.51.100.7;=x", Malformed)]
    [InlineData("for=198.51.100.7,", Malformed)]
    [InlineData("for=\"198.51.100.7:_port\"", Malformed)]
    public void Forwarded_IsReadFromTheRight(string header, string expected) =>
        Assert.Equal(expected, Resolve(Proxy, ForwardedHeader.Forwarded, header));

    [Fact]
    public void SeveralLines_AreReadAsOne()
    {
        Assert.Equal(
            "198.51.100.7",
            Resolve(Proxy, ForwardedHeader.XForwardedFor, "1.2.3.4, 198.51.100.7", "10.0.0.2")
        );
        Assert.Equal("198.51.100.7", Resolve(Proxy, ForwardedHeader.XForwardedFor, "1.2.3.4", "198.51.100.7"));
        Assert.Equal(Malformed, Resolve(Proxy, ForwardedHeader.XForwardedFor, "198.51.100.7", null));
        Assert.Equal(Proxy, Resolve(Proxy, ForwardedHeader.XForwardedFor, null, " "));
        Assert.Equal(Proxy, Resolve(Proxy, ForwardedHeader.XForwardedFor));
        Assert.Equal("198.51.100.7", Resolve(Proxy, ForwardedHeader.Forwarded, "for=\"", "for=198.51.100.7"));
        Assert.Equal(Malformed, Resolve(Proxy, ForwardedHeader.Forwarded, "for=1.2.3.4;x=\"", "for=\"[fd00::1]\""));
    }

    [Fact]
    public void AChainLongerThanAnyoneHas_IsMalformed()
    {
        var chain = "198.51.100.7" + string.Concat(Enumerable.Repeat(", 10.0.0.2", 31));
        Assert.Equal("198.51.100.7", Resolve(Proxy, ForwardedHeader.XForwardedFor, chain));
        Assert.Equal(Malformed, Resolve(Proxy, ForwardedHeader.XForwardedFor, chain + ", 10.0.0.2"));
    }

    // Whatever a client sends, it cannot change what the proxy in front of us wrote after it.
    [Fact]
    public void WhatTheClientClaims_NeverMatters()
    {
        var junk = Property.Text(
            12,
            "\"",
            "\\",
            ",",
            ";",
            "=",
            "for=",
            "1.2.3.4",
            "10.0.0.2",
            "[",
            "]",
            " ",
            "x",
            "é",
            ":"
        );
        Property.ForAll(
            junk,
            text =>
                Resolve(Proxy, ForwardedHeader.Forwarded, text + ", for=203.0.113.9;proto=https") == "203.0.113.9"
                && Resolve(Proxy, ForwardedHeader.Forwarded, text + ", for=\"[2001:db8::9]\"") == "2001:db8::9"
                && Resolve(Proxy, ForwardedHeader.XForwardedFor, text + ", 203.0.113.9") == "203.0.113.9"
                && Resolve(Proxy, ForwardedHeader.XForwardedFor, text, "203.0.113.9, 10.0.0.7") == "203.0.113.9"
        );
    }

    [Fact]
    public void TheTwoHeaders_TellTheSameStory()
    {
        string[] addresses = ["10.0.0.2", "10.0.0.3", "fd00::5", "203.0.113.9", "2001:db8::9", "198.51.100.7"];
        Property.ForAll(
            Property.Several(Gen.Elements(addresses), 5),
            hops =>
            {
                var expected =
                    hops.LastOrDefault(h => !Trusted.Contains(IPAddress.Parse(h))) ?? hops.FirstOrDefault(Proxy);
                var forwarded = hops.Select(h => h.Contains(':') ? $"for=\"[{h}]:80\"" : $"proto=http;for={h}");
                return Resolve(Proxy, ForwardedHeader.XForwardedFor, string.Join(", ", hops)) == expected
                    && Resolve(Proxy, ForwardedHeader.Forwarded, string.Join(",", forwarded)) == expected;
            }
        );
    }

    private static string Resolve(string peer, ForwardedHeader kind, params string?[] lines) =>
        ForwardedChain.TryResolve(IPAddress.Parse(peer), lines, kind, Trusted, out var client)
            ? client.ToString()
            : Malformed;
}
