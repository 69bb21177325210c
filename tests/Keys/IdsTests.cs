using System.Globalization;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>What an id says: what it is of, and when it was made.</summary>
public sealed class IdsTests
{
    [Fact]
    public void IdsOfOneMillisecond_SortInTheOrderTheyWereMadeIn()
    {
        var began = DateTimeOffset.UnixEpoch.AddYears(56);
        string[] ids = [.. Enumerable.Range(0, 1_000).Select(i => Ids.New(Ids.Key, new At(began.AddTicks(10 * i))))];

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Id_IsAUuidOfVersion7_OfItsInstant()
    {
        var at = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 890, TimeSpan.Zero);

        var id = Ids.New(Ids.Account, new At(at));

        var uuid = Guid.ParseExact(id[Ids.Account.Length..], "N");
        Assert.Equal((7, 8), (uuid.Version, uuid.Variant & 0xC));
        var milliseconds = long.Parse(
            id.AsSpan(Ids.Account.Length, 12),
            NumberStyles.HexNumber,
            CultureInfo.InvariantCulture
        );
        Assert.Equal(at.ToUnixTimeMilliseconds(), milliseconds);
        Assert.NotEqual(id, Ids.New(Ids.Account, new At(at)));
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
