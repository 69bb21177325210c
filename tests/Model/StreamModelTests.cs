namespace Gateway.Tests;

/// <summary>No stream of a revoked key is open once its gateway says it has applied the revocation, and each rule is
/// needed for it.</summary>
public sealed class StreamModelTests(ITestOutputHelper output)
{
    [Fact]
    public void StreamsOfARevokedKey_AreClosed_BeforeTheGatewaySaysSo()
    {
        var findings = Explore(StreamRules.All);

        Assert.Null(findings.Trace);
        Assert.True(findings.IsWhole);
        Assert.InRange(findings.States, 3_000, int.MaxValue);
    }

    /// <summary>Each rule by itself.</summary>
    public static TheoryData<StreamRules> Each { get; } =
    [.. Enum.GetValues<StreamRules>().Where(r => r is not (StreamRules.None or StreamRules.All))];

    [Theory, MemberData(nameof(Each))]
    public void RuleTakenOut_LeavesAStreamOpen(StreamRules rule) =>
        Assert.NotNull(Explore(StreamRules.All & ~rule).Trace);

    private Findings Explore(StreamRules rules)
    {
        var findings = Exploration<StreamState>.Of(new StreamModel(rules));
        output.WriteLine($"{rules}: {findings}");
        return findings;
    }
}
