using System.Net;

namespace Gateway.Tests;

public sealed class UnmappedAddressesTests
{
    [Fact]
    public void MappedAddress_IsItsIPv4Address_AndTheSameObjectTheNextTime()
    {
        var mapped = IPAddress.Parse("::ffff:203.0.113.5");
        var found = UnmappedAddresses.Of(mapped);
        Assert.Equal("203.0.113.5", found.ToString());
        Assert.Same(found, UnmappedAddresses.Of(IPAddress.Parse("::ffff:203.0.113.5")));
    }

    [Theory]
    [InlineData("203.0.113.5")]
    [InlineData("2001:db8::5")]
    public void OtherAddress_StaysAsItIs(string text)
    {
        var address = IPAddress.Parse(text);
        Assert.Same(address, UnmappedAddresses.Of(address));
    }

    // More than there are places: most come to one that is somebody else's.
    [Fact]
    public void NobodyIsTaken_ForSomebodyElse() =>
        Parallel.For(
            0,
            40_000,
            i =>
            {
                var address = new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
                Assert.Equal(address, UnmappedAddresses.Of(address.MapToIPv6()));
            }
        );
}
