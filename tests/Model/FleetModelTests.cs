namespace Gateway.Tests;

/// <summary>Leases, rows and receipts keep their promises in every interleaving, and each rule is needed for it.</summary>
public sealed class FleetModelTests(ITestOutputHelper output)
{
    private static readonly FleetSize Small = new()
    {
        Admins = 1,
        Short = 0,
        Long = 1,
        Others = 0,
    };

    /// <summary>Rules and what breaks without them, as far as a small model shows it.</summary>
    public static TheoryData<FleetRules, FleetPromises> Needed { get; } =
        new()
        {
            { FleetRules.RowFirst, FleetPromises.Complete },
            { FleetRules.LeaseFromBeforeSend, FleetPromises.Complete },
            { FleetRules.ApplyBeforeExtend, FleetPromises.GuaranteedBy },
            { FleetRules.ReadToTheEnd, FleetPromises.GuaranteedBy },
            { FleetRules.NumberedRenewals, FleetPromises.Complete },
            { FleetRules.NumberedRenewals, FleetPromises.GuaranteedBy },
            { FleetRules.RecordBeforeHonour, FleetPromises.Complete },
            { FleetRules.RecordBeforeHonour, FleetPromises.GuaranteedBy },
            { FleetRules.ShortenBeforeSend, FleetPromises.Complete },
            { FleetRules.ShortenBeforeSend, FleetPromises.GuaranteedBy },
            { FleetRules.AcknowledgeAfterApply, FleetPromises.Complete },
            { FleetRules.CloseAfterLastDecision, FleetPromises.Complete },
            { FleetRules.ClosedRowVoids, FleetPromises.Complete },
            { FleetRules.WaitForStaleness, FleetPromises.Complete },
            { FleetRules.WaitForStaleness, FleetPromises.GuaranteedBy },
            { FleetRules.AllowForDrift, FleetPromises.Complete },
            { FleetRules.AllowForDrift, FleetPromises.GuaranteedBy },
            { FleetRules.OwnObservation, FleetPromises.Complete },
            { FleetRules.CloseBeforeGivingUp, FleetPromises.Lasting },
            { FleetRules.CloseBeforeGivingUp | FleetRules.ReadToTheEnd, FleetPromises.Complete },
            { FleetRules.CloseOnCondition, FleetPromises.Complete },
            { FleetRules.ReadRowsAfterCommit, FleetPromises.Complete },
        };

    // Deep: the same with a longer lease.
    [Fact]
    public void OneGateway_KeepsEveryPromise() =>
        AssertKept(
            2_000_000,
            new()
            {
                Admins = 1,
                Lease = Bound.IsDeep ? 2 : 1,
                Long = Bound.IsDeep ? 3 : 2,
            }
        );

    // Deep: with everything that one gateway can do.
    [Fact]
    public void OneGateway_KeepsEveryPromise_ToTwoAdminProcesses() =>
        AssertKept(200_000, new() { Reloads = Bound.IsDeep, Others = Bound.IsDeep ? 1 : 0 });

    // Deep: with a staleness.
    [Fact]
    public void TwoGateways_KeepTheirPromises_ToTwoAdminProcesses() =>
        AssertKept(
            900_000,
            new()
            {
                Gateways = 2,
                Short = Bound.IsDeep ? 1 : 0,
                Drift = 0,
                Others = 0,
                Reloads = false,
                IsFine = false,
                Promises = FleetPromises.Complete | FleetPromises.Lasting,
            }
        );

    [Theory, MemberData(nameof(Needed))]
    public void RuleTakenOut_BreaksThePromise(FleetRules rule, FleetPromises promise)
    {
        var others = rule.HasFlag(FleetRules.ReadToTheEnd) ? 1 : 0;
        var model = new FleetModel(Small with { Others = others, Promises = promise }, FleetRules.All & ~rule);

        var findings = Exploration<FleetState>.Of(model);

        output.WriteLine($"without {rule}: {findings}");
        Assert.NotNull(findings.Trace);
    }

    [Fact]
    public void EveryRule_IsTakenOut() =>
        Assert.Equal(FleetRules.All, Needed.Aggregate(FleetRules.None, (all, row) => all | row.Data.Item1));

    private void AssertKept(int atLeast, FleetSize size)
    {
        var findings = Exploration<FleetState>.Of(new FleetModel(size, FleetRules.All));
        output.WriteLine($"{size}: {findings}");
        Assert.Null(findings.Trace);
        Assert.True(findings.IsWhole);
        Assert.InRange(findings.States, atLeast, int.MaxValue);
    }
}
