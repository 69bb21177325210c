using static Gateway.Tests.SmallHistory;

namespace Gateway.Tests;

/// <summary>Each rule of the checker on histories made by hand: what is right passes, what is wrong breaks that rule alone.
/// Here are the rules about calls.</summary>
public sealed class CheckerTests
{
    private const string Disabled = "DISABLED_API_KEY";
    private const string Invalid = "INVALID_API_KEY";
    private const string Undecided = "VERIFICATION_UNAVAILABLE";

    private static void Right(SmallHistory history) => Assert.Empty(history.Broken());

    private static void Wrong(string rule, SmallHistory history) => Assert.Equal([rule], history.Broken());

    [Fact]
    public void AfterACompleteReceipt_TheOldRecordIsStale()
    {
        Right(new SmallHistory().Write(WriteKind.Disable, 10).Call(10.011, 401, Disabled));
        Wrong("stale-accept", new SmallHistory().Write(WriteKind.Disable, 10).Call(10.011, 200));
    }

    [Fact]
    public void WhileAWriteIsUnderWay_EitherRecordIsRight()
    {
        Right(
            new SmallHistory()
                .Write(WriteKind.Disable, 10, 11)
                .Call(10.1, 200)
                .Call(10.2, 401, Disabled)
                .Call(10.999, 200)
        );
        Right(new SmallHistory().Write(WriteKind.Disable, 10, 11).Call(9.9, 401, Disabled, end: 10.01));
        Wrong("valid-refused", new SmallHistory().Write(WriteKind.Disable, 10, 11).Call(9.9, 401, Disabled));
    }

    [Fact]
    public void WritesThatOverlap_AreInTheOrderOfTheirNumbers()
    {
        SmallHistory TwoWrites() =>
            new SmallHistory().Write(WriteKind.Disable, 10, 11).Write(WriteKind.Enable, 10.1, 10.9);
        Right(TwoWrites().Call(10.95, 200).Call(11.5, 200));
        Wrong("valid-refused", TwoWrites().Call(10.95, 401, Disabled));
    }

    [Fact]
    public void WhoPends_MayJudgeByTheOldRecord_UntilItIsGuaranteedNotTo()
    {
        SmallHistory Revoke() =>
            new SmallHistory()
                .Fault(FaultKind.Cut, "edge-2", 9, 30)
                .Write(WriteKind.Revoke, 10, 12, pends: ("edge-2", 25));
        Right(Revoke().Call(24, 200, gateway: "edge-2"));
        Right(Revoke().Call(25.2, 401, "REVOKED_API_KEY", "edge-2").Call(25.2, 503, Undecided, "edge-2"));
        Wrong("stale-accept", Revoke().Call(12.1, 200, gateway: "edge-1"));
    }

    [Fact]
    public void AfterGuaranteedBy_TheOldRecordIsStale() =>
        Wrong(
            "late-accept",
            new SmallHistory()
                .Fault(FaultKind.Pause, "edge-2", 9, 30)
                .Write(WriteKind.Revoke, 10, 12, pends: ("edge-2", 25))
                .Call(25.2, 200, gateway: "edge-2")
        );

    [Fact]
    public void AReceiptThatIsReadLater_CountsFromThenOn()
    {
        SmallHistory Revoke() =>
            new SmallHistory()
                .Fault(FaultKind.Pause, "edge-2", 9, 14)
                .Write(WriteKind.Revoke, 10, 12, pends: ("edge-2", 25));
        var complete = Revoke().Receipt();
        Right(Revoke().Call(16, 200, gateway: "edge-2").Add(new ReceiptRead(At(17), At(17.1), complete)));
        Wrong(
            "stale-accept",
            Revoke().Add(new ReceiptRead(At(15), At(15.1), complete)).Call(16, 200, gateway: "edge-2")
        );
    }

    [Fact]
    public void AReceiptThatNamesNobody_SaysNothing()
    {
        SmallHistory Revoke() => new SmallHistory().Write(WriteKind.Revoke, 10);
        var unknown = Revoke().Last with { Receipt = new Receipt(2, false, [], []) };
        Right(Revoke().Drop(e => e is AdminWrite { Kind: WriteKind.Revoke }).Add(unknown).Call(11, 200));
    }

    [Fact]
    public void AProcessThatStartedLater_KnowsWhatWasAnsweredBefore()
    {
        SmallHistory Restarted() =>
            new SmallHistory()
                .Drop(e => e is ProcessLife { Gateway: "edge-2" })
                .Add(new ProcessLife("edge-2", At(0), At(0), At(9), true, 0))
                .Fault(FaultKind.Kill, "edge-2", 8.9, 14)
                .Write(WriteKind.Revoke, 10, 12, pends: ("edge-2", 25))
                .Add(new ProcessLife("edge-2", At(13), At(14), null, false, 0));
        Right(Restarted().Call(14.1, 401, "REVOKED_API_KEY", "edge-2"));
        Wrong("stale-accept", Restarted().Call(14.1, 200, gateway: "edge-2"));
    }

    [Fact]
    public void AKeyNobodyWasGiven_IsInvalid()
    {
        Right(new SmallHistory().Call(5, 401, Invalid, key: "key_other").Call(5, 401, "UNAUTHORIZED", key: null));
        Wrong("wrong-accept", new SmallHistory().Call(5, 200, key: "key_other"));
        Wrong("wrong-code", new SmallHistory().Call(5, 401, "UNAUTHORIZED", key: "key_other"));
    }

    [Fact]
    public void AValidKey_IsNotRefused()
    {
        Right(new SmallHistory().Call(5, 200));
        Wrong("valid-refused", new SmallHistory().Call(5, 401, Invalid));
        Wrong("valid-refused", new SmallHistory().Call(5, 404, "NO_ROUTE"));
        Wrong("valid-refused", new SmallHistory().Call(0.52, 401, Invalid));
    }

    [Fact]
    public void ARefusal_HasTheCodeOfTheRecord()
    {
        Right(new SmallHistory().Write(WriteKind.Suspend, 10).Call(11, 403, "ACCOUNT_SUSPENDED"));
        Wrong("wrong-code", new SmallHistory().Write(WriteKind.Suspend, 10).Call(11, 401, Disabled));
    }

    [Fact]
    public void AtItsExpiry_AKeyEnds_GiveOrTakeTheClocks()
    {
        SmallHistory Expiring() => new(new KeySettings { ExpiresAt = Wall(20) });
        Right(
            Expiring()
                .Call(19.8, 200)
                .Call(19.95, 200)
                .Call(20.05, 200)
                .Call(20.05, 401, "EXPIRED_API_KEY")
                .Call(21, 401, "EXPIRED_API_KEY")
        );
        Wrong("valid-refused", Expiring().Call(19.5, 401, "EXPIRED_API_KEY"));
        Wrong("wrong-accept", Expiring().Call(20.5, 200));
    }

    [Fact]
    public void ARotatedKey_WorksUntilItsDeadline_AndItsSuccessorFromTheStart()
    {
        SmallHistory Rotated()
        {
            var history = new SmallHistory()
                .Write(WriteKind.Create, 10, key: "key_2")
                .Write(WriteKind.Rotate, 10, 10.1);
            var write = history.Last with { Successor = "key_2", Deadline = Wall(30) };
            return history.Drop(e => e is AdminWrite { Begin.TotalSeconds: 10 }).Add(write);
        }
        Right(
            Rotated()
                .Call(29, 200)
                .Call(31, 401, "EXPIRED_API_KEY")
                .Call(10.2, 200, key: "key_2")
                .Call(31, 200, key: "key_2")
        );
        Wrong("stale-accept", Rotated().Call(31, 200));
        Wrong("valid-refused", Rotated().Call(10.2, 401, Invalid, key: "key_2"));
    }

    [Fact]
    public void A503_IsExcusedByAFaultOfTheGatewayOrTheStore_AndByNothingElse()
    {
        Right(new SmallHistory().Fault(FaultKind.Cut, "edge-1", 9, 10).Call(14, 503, Undecided));
        Right(new SmallHistory().Fault(FaultKind.Kill, FaultTargets.Store, 9, 10).Call(8.9, 0, end: 9.1));
        Wrong("unavailable", new SmallHistory().Fault(FaultKind.Cut, "edge-1", 9, 10).Call(15.1, 503, Undecided));
        Wrong("unavailable", new SmallHistory().Fault(FaultKind.Cut, "edge-2", 9, 10).Call(9.5, 0));
        Wrong(
            "unavailable",
            new SmallHistory().Fault(FaultKind.Kill, FaultTargets.Redis, 9, 10).Call(9.5, 503, Undecided)
        );
        Wrong(
            "unavailable",
            new SmallHistory().Fault(FaultKind.Kill, "edge-1", 9, 10).Call(9.5, 502, "UPSTREAM_UNAVAILABLE")
        );
    }

    [Fact]
    public void CutOff_ItIsHonouredForLeaseAndStaleness_AndNoLonger()
    {
        Right(new SmallHistory().Fault(FaultKind.Cut, "edge-1", 10, 60).Call(24, 200));
        Wrong("too-stale", new SmallHistory().Fault(FaultKind.Cut, "edge-1", 10, 60).Call(26.1, 200));
    }

    [Fact]
    public void AWriteWithoutAnAnswer_CountsIfTheFeedHasIt()
    {
        SmallHistory Lost(bool isWritten) => new SmallHistory().Unanswered(WriteKind.Disable, 10, 12, isWritten);
        Right(Lost(isWritten: true).Call(11, 200).Call(15, 401, Disabled));
        Right(Lost(isWritten: false).Call(11, 200).Call(15, 200));
        Wrong("valid-refused", Lost(isWritten: false).Call(15, 401, Disabled));
        // Nobody was told, so nobody has to know; whoever was told of a later change does.
        Right(Lost(isWritten: true).Call(15, 200));
        Wrong("stale-accept", Lost(isWritten: true).Write(WriteKind.Other, 13).Call(15, 200));
    }

    [Fact]
    public void AWriteThatFoundItDone_ChangesNothing()
    {
        var history = new SmallHistory().Unanswered(WriteKind.Disable, 10, 12, isWritten: true);
        var again = new AdminWrite
        {
            Begin = At(20),
            End = At(20.1),
            Kind = WriteKind.Disable,
            Outcome = WriteOutcome.Done,
            Account = Account,
            Key = Key,
            Receipt = history.Receipt(),
        };
        Right(history.Add(again).Call(15, 401, Disabled).Call(15, 200).Call(20.2, 401, Disabled));
    }
}
