namespace Gateway.Tests;

/// <summary>What others have found in other gateways is not to be found in this one.</summary>
[Collection(HostileCollection.Name)]
public sealed class PublishedAttacksTests(AttackStand stand)
{
    public static TheoryData<string> Files => [.. AttackCases.Files("published").Where(f => f is not "ranges")];

    [Theory]
    [MemberData(nameof(Files))]
    public Task WhatWasNotGranted_IsNotReached(string file) =>
        stand.AssertAsync("published", AttackCases.Of("published", file));

    [Fact]
    public void EveryCase_HasItsOwnNumber_AndASource()
    {
        List<AttackCase> all =
        [
            .. AttackCases.All("published"),
            .. AttackCases.All("ours"),
            .. AttackCases.All("fine"),
        ];
        Assert.Equal(all.Count, all.Select(c => c.Id).Distinct().Count());
        SourceTree.AssertNone(all.Where(c => c.Source.Length is 0 || c.About.Length is 0).Select(c => c.Id));
    }
}
