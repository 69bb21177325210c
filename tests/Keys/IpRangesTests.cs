using System.Net;
using Gateway.Keys;

namespace Gateway.Tests;

public sealed class IpRangesTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7/32", "203.0.113.7", true)]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "9.255.255.255", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "0.0.0.0", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::", false)]
    [InlineData("2001:DB8::1", "2001:db8:0:0:0:0:0:1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("::/0", "::ffff:1.2.3.4", false)]
    [InlineData("fe80::/10", "fe80::1%3", true)]
    public void AnAddress_IsInTheRangesThatSaySo(string entry, string address, bool expected) =>
        Assert.Equal(expected, Ranges(entry).Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3")]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3")]
    [InlineData("::ffff:10.0.0.0/104", "::ffff:10.1.2.3")]
    [InlineData("::ffff:a00:0/104", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:0.0.0.0/96", "255.1.2.3")]
    public void AMappedAddress_IsTheIpv4Address(string entry, string address) =>
        Assert.True(Ranges(entry).Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.0/8")]
    [InlineData("::ffff:203.0.113.7/128", "203.0.113.7")]
    public void AMappedRange_IsTheIpv4Range(string mapped, string v4)
    {
        Assert.True(Ranges(mapped).Covers(Ranges(v4)));
        Assert.True(Ranges(v4).Covers(Ranges(mapped)));
    }

    // The first lines are the hostile configuration cases of the shared attack collection.
    [Theory]
    [InlineData("010.0.0.0/8", "leading zeros")]
    [InlineData("10/8", "four numbers")]
    [InlineData("167772160/8", "four numbers")]
    [InlineData("203.0.113.0/024", "leading zeros")]
    [InlineData("203.0.113.0/-1", "from 0 to 32")]
    [InlineData("203.0.113.0/24 ", "spaces")]
    [InlineData("fe80::1%eth0/64", "zone")]
    [InlineData("example.com", "CIDR")]
    [InlineData("", "CIDR")]
    [InlineData(null, "CIDR")]
    [InlineData("010.0.0.1", "leading zeros")]
    [InlineData("0x0a.0.0.1", "CIDR")]
    [InlineData("127.1", "four numbers")]
    [InlineData("2130706433", "four numbers")]
    [InlineData("1.2.3.4.5", "four numbers")]
    [InlineData("1.2.3.", "four numbers")]
    [InlineData("256.0.0.1", "four numbers")]
    [InlineData("1.2.3.4:80", "port")]
    [InlineData("[::1]", "brackets")]
    [InlineData("[::1]:80", "brackets")]
    [InlineData(" 1.2.3.4", "spaces")]
    [InlineData("1.2.3.4\n", "spaces")]
    [InlineData("1.2.3.0/33", "from 0 to 32")]
    [InlineData("::/129", "from 0 to 128")]
    [InlineData("1.2.3.0/+8", "from 0 to 32")]
    [InlineData("1.2.3.0/", "from 0 to 32")]
    [InlineData("1.2.3.0/255.255.255.0", "from 0 to 32")]
    [InlineData("1.2.3.0/24/24", "from 0 to 32")]
    [InlineData("1.2.3.0/99999999999999999999", "from 0 to 32")]
    [InlineData("/8", "four numbers")]
    [InlineData("fe80::1%3", "zone")]
    [InlineData("::01.2.3.4", "CIDR")]
    [InlineData("::ffff:1.2.3.04", "CIDR")] // the framework takes this one
    [InlineData("::ffff:1.2.3", "CIDR")]
    [InlineData("1::2::3", "CIDR")]
    [InlineData(":::", "CIDR")]
    [InlineData("1:2:3:4:5:6:7", "CIDR")]
    [InlineData("1:2:3:4:5:6:7:8:9", "CIDR")]
    [InlineData("::00001", "CIDR")]
    [InlineData("::g", "CIDR")]
    [InlineData("0x1::", "CIDR")]
    [InlineData("1.2.3.4::", "CIDR")]
    [InlineData("::1.2.3.4:5", "CIDR")]
    [InlineData("１.2.3.4", "CIDR")]
    [InlineData("10.0.0.1/8", "'10.0.0.0/8'")]
    [InlineData("2001:db8::1/32", "'2001:db8::/32'")]
    [InlineData("::1/0", "'::/0'")]
    [InlineData("::ffff:10.0.0.0/95", "write the IPv4 network")]
    [InlineData("::ffff:10.0.0.0/8", "write the IPv4 network")]
    [InlineData("::ffff:10.0.0.1/104", "bits set")]
    public void AnEntryThatCanBeReadTwoWays_IsRefusedByNameWithTheFix(string? entry, string fix)
    {
        Assert.False(IpRanges.TryParseEntry(entry!, out var problem));
        Assert.Contains($"'{entry}'", problem, StringComparison.Ordinal);
        Assert.Contains(fix, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryProblem_IsListed_AndWhatIsRefusedGrantsNothing()
    {
        var problems = new List<string>();
        var ranges = IpRanges.Parse(["10/8", "192.0.2.1", "x"], problems);
        Assert.Equal(2, problems.Count);
        Assert.True(ranges.Contains(IPAddress.Parse("192.0.2.1")));
        Assert.False(ranges.Contains(IPAddress.Parse("0.0.0.10")));
        Assert.False(ranges.Contains(IPAddress.Parse("10.0.0.1")));
    }

    [Fact]
    public void AnEmptyList_ContainsNothing()
    {
        foreach (var ranges in new[] { Ranges(), IpRanges.Empty })
        {
            Assert.Equal(0, ranges.Count);
            Assert.False(ranges.Contains(IPAddress.Any));
            Assert.False(ranges.Contains(IPAddress.IPv6Any));
            Assert.True(Ranges("::1").Covers(ranges));
            Assert.False(ranges.Covers(Ranges("::1")));
        }
    }

    [Fact]
    public void RangesThatTouch_AreOne()
    {
        var ranges = Ranges("10.0.1.0/24", "10.0.0.0/24", "10.0.0.5", "::/1", "8000::/1", "0.0.0.0/32");
        Assert.Equal(3, ranges.Count);
        Assert.True(ranges.Covers(Ranges("10.0.0.0/23", "::/0")));
        Assert.False(ranges.Covers(Ranges("10.0.0.0/22")));
    }

    [Fact]
    public void LookingUp_AllocatesNothing()
    {
        var ranges = Ranges("10.0.0.0/8", "2001:db8::/32");
        IPAddress[] addresses =
        [
            IPAddress.Parse("10.1.1.1"),
            IPAddress.Parse("::ffff:10.1.1.1"),
            IPAddress.IPv6Loopback,
        ];
        // Once each: what is made the first time a kind of address is looked up is not a look-up's.
        foreach (var address in addresses)
            ranges.Contains(address);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var address in addresses)
            ranges.Contains(address);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IpRanges Ranges(params string[] entries)
    {
        var problems = new List<string>();
        var ranges = IpRanges.Parse(entries, problems);
        Assert.Empty(problems);
        return ranges;
    }
}
