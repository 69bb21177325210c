namespace Gateway.Tests;

/// <summary>
/// The rules of leases, rows and receipts, each with its place in the code. ARCHITECTURE.md uses the same names. A model
/// without one of them must find how the promise breaks.
/// </summary>
[Flags]
public enum FleetRules
{
    None = 0,

    /// <summary>A process commits its row, then reads the head, then judges. <c>ChangeFollower.BeginAsync</c>.</summary>
    RowFirst = 1 << 0,

    /// <summary>A lease counts from before its renewal was sent. <c>ChangeFollower.RenewOnceAsync</c>.</summary>
    LeaseFromBeforeSend = 1 << 1,

    /// <summary>It is extended once everything up to the head is applied. <c>ChangeFollower.CatchUpAsync</c>.</summary>
    ApplyBeforeExtend = 1 << 2,

    /// <summary>And everything there is after the renewal's commit, head or not. <c>ChangeFollower.CatchUpAsync</c>.</summary>
    ReadToTheEnd = 1 << 3,

    /// <summary>A renewal that arrives after a later one changes nothing. <c>FleetStore.RenewGatewayAsync</c>.</summary>
    NumberedRenewals = 1 << 4,

    /// <summary>A longer staleness is honoured once a renewal has recorded it. <c>Lease.Honours</c>.</summary>
    RecordBeforeHonour = 1 << 5,

    /// <summary>A shorter one is in force before it is sent. <c>Lease.Shorten</c>.</summary>
    ShortenBeforeSend = 1 << 6,

    /// <summary>A change is acknowledged after it is applied. <c>ChangeFollower.StepAsync</c>.</summary>
    AcknowledgeAfterApply = 1 << 7,

    /// <summary>A row is closed after the last decision. <c>ChangeFollower.StopAsync</c>.</summary>
    CloseAfterLastDecision = 1 << 8,

    /// <summary>A closed row cannot be renewed. <c>FleetStore.RenewGatewayAsync</c>.</summary>
    ClosedRowVoids = 1 << 9,

    /// <summary>A silent gateway is waited for past its lease and its staleness. <c>FleetSight.Span</c>.</summary>
    WaitForStaleness = 1 << 10,

    /// <summary>And one per cent more, for clocks that run apart. <c>FleetSight.Span</c>.</summary>
    AllowForDrift = 1 << 11,

    /// <summary>Silent is what this process itself has seen stand still. <c>FleetSight.Observe</c>.</summary>
    OwnObservation = 1 << 12,

    /// <summary>A lost gateway's row is closed before it is given up. <c>FleetWatch.CloseLostAsync</c>.</summary>
    CloseBeforeGivingUp = 1 << 13,

    /// <summary>On condition that it has not renewed after all. <c>FleetStore.CloseLostGatewayAsync</c>.</summary>
    CloseOnCondition = 1 << 14,

    /// <summary>A receipt rests on rows that were read after the change was committed. <c>FleetWatch.ExecuteAsync</c>.</summary>
    ReadRowsAfterCommit = 1 << 15,

    All = (1 << 16) - 1,
}
