using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Keys;

namespace Gateway.Tests;

// The model: a list is looked through entry by entry, comparing bits. The addresses are those of a small network at
// either end of each family, so that every one of them can be tried.
public sealed class IpRangesModelTests
{
    private static readonly IPAddress[] Addresses =
    [
        .. Network("0.0.0.0"),
        .. Network("255.255.255.240"),
        .. Network("::"),
        .. Network("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0"),
    ];

    private static readonly Gen<(IPAddress Address, int Length)> Entry =
        from address in Gen.Elements(Addresses)
        from hostBits in Gen.Choose(0, 4)
        select (address, (address.GetAddressBytes().Length * 8) - hostBits);

    private static readonly Gen<(IPAddress Address, int Length)[]> Entries = Property.Several(Entry, 6);

    [Fact]
    public void AList_ContainsWhatOneOfItsEntriesContains() =>
        Property.ForAll(
            Entries,
            entries =>
            {
                var ranges = Parse(entries);
                return Addresses.All(a => ranges.Contains(a) == entries.Any(e => IsIn(a, e)));
            }
        );

    [Fact]
    public void AList_CoversAnother_WhenItContainsEveryAddressOfIt() =>
        Property.ForAll(
            Entries.Zip(Entries),
            lists =>
            {
                var (one, other) = (Parse(lists.Item1), Parse(lists.Item2));
                return one.Covers(other) == Addresses.All(a => one.Contains(a) || !other.Contains(a));
            },
            1000
        );

    [Fact]
    public void AnAddressAsPrinted_IsReadAsTheSame() =>
        Property.ForAll(
            Gen.Choose(0, 255).ArrayOf(16).Zip(Gen.Choose(0, 255).ArrayOf(4)),
            bytes =>
                IsRead(new IPAddress([.. bytes.Item1.Select(b => (byte)b)]))
                && IsRead(new IPAddress([.. bytes.Item2.Select(b => (byte)b)]))
        );

    // What is accepted is what the framework reads too, and an IPv4 address has one spelling.
    [Fact]
    public void NothingIsRead_ThatOthersReadDifferently() =>
        Property.ForAll(
            Property.Text(
                9,
                "0",
                "1",
                "9",
                "01",
                "25",
                "255",
                "256",
                ".",
                ".",
                ".",
                ":",
                "::",
                "ffff",
                "a",
                "x",
                "%1",
                " "
            ),
            text =>
            {
                if (!StrictAddress.TryParse(text, out var address))
                    return true;
                return StrictAddress.Normalize(IPAddress.Parse(text)).Equals(address)
                    && (text.Contains(':') || address!.ToString() == text);
            },
            5000
        );

    [Fact]
    public void TenThousandEntries_AreFoundByBinarySearch()
    {
        var entries = Enumerable.Range(0, 10_000).Select(i => $"10.{i / 250}.{i % 250}.128/25").ToArray();
        var ranges = IpRanges.Parse(entries, []);
        Assert.Equal(10_000, ranges.Count);
        for (var i = 0; i < 10_000; i += 7)
        {
            Assert.True(ranges.Contains(new IPAddress([10, (byte)(i / 250), (byte)(i % 250), 200])));
            Assert.False(ranges.Contains(new IPAddress([10, (byte)(i / 250), (byte)(i % 250), 100])));
        }
    }

    private static IEnumerable<IPAddress> Network(string first)
    {
        var bytes = IPAddress.Parse(first).GetAddressBytes();
        for (var i = 0; i < 16; i++)
            yield return new IPAddress([.. bytes[..^1], (byte)(bytes[^1] + i)]);
    }

    private static bool IsRead(IPAddress address) =>
        StrictAddress.TryParse(address.ToString(), out var read) && StrictAddress.Normalize(address).Equals(read);

    private static bool IsIn(IPAddress address, (IPAddress Address, int Length) entry)
    {
        var (one, other) = (Bits(address), Bits(entry.Address));
        return one.Length == other.Length && one[..entry.Length] == other[..entry.Length];
    }

    private static string Bits(IPAddress address) =>
        string.Concat(address.GetAddressBytes().Select(b => b.ToString("b8")));

    private static IpRanges Parse((IPAddress Address, int Length)[] entries)
    {
        var problems = new List<string>();
        var ranges = IpRanges.Parse([.. entries.Select(e => $"{Masked(e.Address, e.Length)}/{e.Length}")], problems);
        Assert.Empty(problems);
        return ranges;
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        bytes[^1] &= (byte)(0xff << ((bytes.Length * 8) - length));
        return new IPAddress(bytes);
    }
}
