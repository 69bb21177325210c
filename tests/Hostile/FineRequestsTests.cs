namespace Gateway.Tests;

/// <summary>A guard that refuses everything is no guard: what is unusual and fine is answered, and arrives as it was sent.</summary>
[Collection(HostileCollection.Name)]
public sealed class FineRequestsTests(AttackStand stand)
{
    public static TheoryData<string> Files => [.. AttackCases.Files("fine")];

    [Theory]
    [MemberData(nameof(Files))]
    public Task WhatIsUnusualAndFine_IsAnswered_AndArrivesAsItWasSent(string file) =>
        stand.AssertAsync("fine", AttackCases.Of("fine", file));

    [Fact]
    public void ThereAreAtLeastAsManyAsHostileOnes() =>
        Assert.True(AttackCases.All("fine").Count >= AttackCases.All("published").Count);
}
