using Gateway.Keys;

namespace Gateway.Tests;

public sealed class GrantsTests
{
    private const string Developer = "*:read *:write !custody:write !api-keys:write !org:write";

    [Theory]
    [InlineData("vm.buy.crypto", "vm.buy.crypto", true)]
    [InlineData("vm.buy.crypto", "vm.buy", false)]
    [InlineData("vm.buy", "vm.buy.crypto", false)]
    [InlineData("*", "vm.buy.crypto", true)]
    [InlineData("tokens:*", "tokens:read", true)]
    [InlineData("tokens:*", "tokens", false)]
    [InlineData("tokens:*", "tokens.read", false)]
    [InlineData("tokens:*", "tokens2:read", false)]
    [InlineData("tokens:*", "tokens:a:b", true)]
    [InlineData("vm.*", "vm.buy.crypto", true)]
    [InlineData("vm.*", "vm.buy:read", true)]
    [InlineData("vm.*", "vm:buy", false)]
    [InlineData("*:read", "tokens:read", true)]
    [InlineData("*:read", "a.b:read", true)]
    [InlineData("*:read", "read", false)]
    [InlineData("*:read", "tokens.read", false)]
    [InlineData("*:read", "tokens:reads", false)]
    [InlineData("*:read", "tokens:x-read", false)]
    [InlineData(Developer, "tokens:write", true)]
    [InlineData(Developer, "custody:read", true)]
    [InlineData(Developer, "custody:write", false)]
    [InlineData(Developer, "api-keys:write", false)]
    [InlineData("* !custody:*", "custody:read", false)]
    [InlineData("* !custody:*", "custody", true)]
    [InlineData("custody:read !custody:read", "custody:read", false)]
    [InlineData("", "tokens:read", false)]
    [InlineData("!tokens:read", "tokens:read", false)]
    public void APermission_IsGrantedByWholeSegments_AndExclusionsWin(
        string grants,
        string permission,
        bool expected
    ) => Assert.Equal(expected, List(grants).Allows(permission));

    [Theory]
    [InlineData("*")]
    [InlineData("*:read")]
    [InlineData("tokens:*")]
    [InlineData("!tokens:read")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("Tokens:read")]
    [InlineData("tokens::read")]
    public void WhatIsNoPermissionName_IsNeverGranted(string permission) =>
        Assert.False(List("* *:read tokens:*").Allows(permission));

    [Theory]
    [InlineData("tokens:read", true, true)]
    [InlineData("marketplace.take-claw-bid", true, true)]
    [InlineData("a", true, true)]
    [InlineData("7:-", true, true)]
    [InlineData("*", false, true)]
    [InlineData("*:read", false, true)]
    [InlineData("*.a:b", false, true)]
    [InlineData("a.b:*", false, true)]
    [InlineData("*:*", false, false)]
    [InlineData("*.a.*", false, false)]
    [InlineData("a.*.b", false, false)]
    [InlineData("a*", false, false)]
    [InlineData("*a", false, false)]
    [InlineData("a:b*", false, false)]
    [InlineData("**", false, false)]
    [InlineData("*:", false, false)]
    [InlineData(":*", false, false)]
    [InlineData("a::*", false, false)]
    [InlineData("", false, false)]
    [InlineData(":", false, false)]
    [InlineData("a:", false, false)]
    [InlineData(".a", false, false)]
    [InlineData("a..b", false, false)]
    [InlineData("A", false, false)]
    [InlineData("a b", false, false)]
    [InlineData("a_b", false, false)]
    [InlineData("é", false, false)]
    [InlineData("!a", false, false)]
    [InlineData(null, false, false)]
    public void NamesAndGrants_AreReadByTheGrammar(string? text, bool permission, bool grant)
    {
        Assert.Equal(permission, Grants.IsPermission(text!));
        Assert.Equal(grant, Grants.IsGrant(text!));
    }

    [Fact]
    public void ANameOfAHundredCharacters_IsTheLongest()
    {
        Assert.True(Grants.IsPermission(new string('a', 100)));
        Assert.False(Grants.IsPermission(new string('a', 101)));
        Assert.False(Grants.IsGrant(new string('a', 100) + ":*"));
    }

    [Theory]
    [InlineData("*", "tokens:* *:read x *", true)]
    [InlineData("tokens:*", "tokens:read tokens:a:*", true)]
    [InlineData("tokens:*", "*", false)]
    [InlineData("tokens:*", "*:read", false)]
    [InlineData("tokens:*", "tokens", false)]
    [InlineData("*:read", "a.*", false)]
    [InlineData("*:read", "*.b:read a:read", true)]
    [InlineData("*:read", "tokens:read tokens:write", false)]
    [InlineData(Developer, Developer, true)]
    [InlineData(Developer, "*:read", true)]
    [InlineData(Developer, "tokens:write", true)]
    [InlineData(Developer, "*:write", false)]
    [InlineData(Developer, "*:write !custody:write", false)]
    [InlineData(Developer, "*:write !custody:* !api-keys:* !org:write", true)]
    [InlineData(Developer, "custody:write", false)]
    [InlineData(Developer, "*", false)]
    [InlineData("*", Developer, true)]
    [InlineData("* !custody:*", "*:read", false)]
    [InlineData("* !custody:*", "*:read !custody:*", true)]
    [InlineData("* !*:write", "tokens:*", false)]
    [InlineData("* !*:write", "tokens.*", false)]
    [InlineData("* !*:write", "tokens:* !*:write", true)]
    [InlineData("* !*:write", "*:read", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a", "", true)]
    public void WithinWhatTheActorHolds(string actor, string asked, bool expected) =>
        Assert.Equal(expected, List(actor).Covers(List(asked)));

    [Fact]
    public void AnyProblem_LeavesNothingGranted()
    {
        var problems = new List<string>();
        var grants = Grants.Parse(["*", "!custody*", "a b"], true, problems, "Roles:x");
        Assert.True(grants.IsEmpty);
        Assert.Equal(2, problems.Count);
        Assert.All(problems, p => Assert.StartsWith("Roles:x: '", p, StringComparison.Ordinal));
    }

    [Fact]
    public void KeysTakeNoExclusions()
    {
        var problems = new List<string>();
        Assert.True(Grants.Parse(["*", "!a"], false, problems, "permissions").IsEmpty);
        Assert.Contains("only for roles", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("!!a")]
    public void WhatIsNoGrant_IsAProblem(string? grant)
    {
        var problems = new List<string>();
        Grants.Parse([grant!], true, problems, "x");
        Assert.Single(problems);
    }

    [Fact]
    public void TheListAsWritten_IsKept() => Assert.Equal(Developer.Split(' '), List(Developer).Names);

    [Fact]
    public void Asking_AllocatesNothing()
    {
        var grants = List(Developer + " vm.buy.crypto");
        string[] permissions = ["tokens:read", "custody:write", "vm.buy.crypto", "nothing"];
        grants.Allows(permissions[0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var permission in permissions)
            grants.Allows(permission);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Grants List(string grants)
    {
        var problems = new List<string>();
        var list = Grants.Parse(grants.Split(' ', StringSplitOptions.RemoveEmptyEntries), true, problems, "test");
        Assert.Empty(problems);
        return list;
    }
}
