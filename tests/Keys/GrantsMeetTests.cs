using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>What two lists of grants both grant: never more than either, and nothing lost that a grant can say.</summary>
public sealed class GrantsMeetTests
{
    private static readonly string[] Lists =
    [
        "*",
        "*:read",
        "tokens:*",
        "tokens:read",
        "tokens:read wallets:*",
        "*:read *:write !custody:write",
        "wallets:read custody:*",
        "",
    ];

    private static readonly string[] Permissions =
    [
        "tokens:read",
        "tokens:write",
        "wallets:read",
        "custody:read",
        "custody:write",
        "vm.buy",
    ];

    [Fact]
    public void Meet_AllowsNothingThatEitherDoesNot()
    {
        foreach (var (one, other) in Pairs())
        {
            var meet = one.Meet(other);
            Assert.All(Permissions.Where(meet.Allows), p => Assert.True(one.Allows(p) && other.Allows(p)));
        }
    }

    [Fact]
    public void Meet_IsWithinBoth()
    {
        foreach (var (one, other) in Pairs())
        {
            Assert.True(one.Covers(one.Meet(other)));
            Assert.True(other.Covers(one.Meet(other)));
        }
    }

    [Theory]
    [InlineData("*", "tokens:read", "tokens:read")]
    [InlineData("tokens:*", "tokens:read", "tokens:read")]
    [InlineData("*:read *:write !custody:write", "*", "*:read *:write !custody:write")]
    [InlineData("*:read *:write !custody:write", "tokens:write", "tokens:write")]
    [InlineData("tokens:*", "*:read", "")]
    public void Meet_SaysWhatBothGrant(string one, string other, string both) =>
        Assert.Equal(both, string.Join(' ', Parse(one).Meet(Parse(other)).Names));

    private static IEnumerable<(Grants, Grants)> Pairs() =>
        from one in Lists
        from other in Lists
        select (Parse(one), Parse(other));

    private static Grants Parse(string list) =>
        Grants.Parse(list.Split(' ', StringSplitOptions.RemoveEmptyEntries), true, [], "test");
}
