namespace Gateway.Tests;

/// <summary>The key cache holds nothing that a receipt says is gone, and each rule is needed for it.</summary>
public sealed class CacheModelTests(ITestOutputHelper output)
{
    /// <summary>Rules and what they are needed for: a revocation, or else a new key.</summary>
    public static TheoryData<CacheRules, bool> Needed { get; } =
        new()
        {
            { CacheRules.CheckBeforeInsert, true },
            { CacheRules.CheckBeforeInsert, false },
            { CacheRules.DetachLookUps, true },
            { CacheRules.DetachLookUps, false },
            { CacheRules.EvictOnApply, true },
            { CacheRules.DropOnNewIncarnation, true },
            { CacheRules.DropOnNewIncarnation, false },
            { CacheRules.UnknownUntilNextKey, false },
            { CacheRules.UnknownUnderLease, false },
            { CacheRules.FilterBeforeApplied, false },
            { CacheRules.FilterWhileFilled, false },
            { CacheRules.FilterStartsOver, false },
        };

    [Theory]
    [InlineData(true, 100_000)]
    [InlineData(false, 1_000_000)]
    public void RequestAfterTheReceipt_IsJudgedByTheNewRecord(bool isRevoked, int atLeast)
    {
        var findings = Explore(isRevoked, CacheRules.All);

        Assert.Null(findings.Trace);
        Assert.True(findings.IsWhole);
        Assert.InRange(findings.States, atLeast, int.MaxValue);
    }

    [Theory, MemberData(nameof(Needed))]
    public void RuleTakenOut_JudgesByTheOldRecord(CacheRules rule, bool isRevoked) =>
        Assert.NotNull(Explore(isRevoked, CacheRules.All & ~rule).Trace);

    [Fact]
    public void EveryRule_IsTakenOut() =>
        Assert.Equal(CacheRules.All, Needed.Aggregate(CacheRules.None, (all, row) => all | row.Data.Item1));

    private Findings Explore(bool isRevoked, CacheRules rules)
    {
        var findings = Exploration<CacheState>.Of(new CacheModel(isRevoked, rules));
        output.WriteLine($"{(isRevoked ? "a revocation" : "a new key")}, {rules}: {findings}");
        return findings;
    }
}
