namespace Gateway.Tests;

/// <summary>What reading Kestrel, YARP and those who come before and after them suggested to try.</summary>
[Collection(HostileCollection.Name)]
public sealed class OurAttacksTests(AttackStand stand)
{
    public static TheoryData<string> Files => [.. AttackCases.Files("ours")];

    [Theory]
    [MemberData(nameof(Files))]
    public Task WhatWasNotGranted_IsNotReached(string file) => stand.AssertAsync("ours", AttackCases.Of("ours", file));
}
