using static Gateway.Tests.SmallHistory;

namespace Gateway.Tests;

/// <summary>The checker's rules about writes, receipts, streams and uses, on histories made by hand.</summary>
public sealed class CheckerBooksTests
{
    private static void Right(SmallHistory history) => Assert.Empty(history.Broken());

    private static void Wrong(string rule, SmallHistory history) => Assert.Equal([rule], history.Broken());

    [Fact]
    public void AStream_EndsWithItsKey()
    {
        SmallHistory Revoked(double? closed, bool byGateway = true) =>
            new SmallHistory()
                .Stream(5, closed, byGateway)
                .Write(WriteKind.Revoke, 10, closed: 1)
                .Call(60, 401, "REVOKED_API_KEY");
        Right(Revoked(10.1));
        Wrong("stream-outlives", Revoked(13));
        Wrong("stream-outlives", Revoked(null, byGateway: false));
    }

    [Fact]
    public void AStream_EndsAsItsKeyExpires()
    {
        SmallHistory Expiring(double closed) =>
            new SmallHistory(new KeySettings { ExpiresAt = Wall(20) })
                .Stream(5, closed, true)
                .Call(60, 401, "EXPIRED_API_KEY");
        Right(Expiring(20.05));
        Wrong("stream-outlives", Expiring(23));
        Wrong("stream-cut", Expiring(19));
    }

    [Fact]
    public void AStreamOfAPausedGateway_EndsOnceItGoesOn()
    {
        SmallHistory Paused(double closed) =>
            new SmallHistory()
                .Stream(5, closed, true, "edge-2")
                .Fault(FaultKind.Pause, "edge-2", 9, 40)
                .Write(WriteKind.Revoke, 10, 12, pends: ("edge-2", 25))
                .Call(60, 401, "REVOKED_API_KEY");
        Right(Paused(41));
        Wrong("stream-outlives", Paused(50));
    }

    [Fact]
    public void AStreamOfAValidKey_IsLeftAlone()
    {
        Right(new SmallHistory().Stream(5, 10, byGateway: false).Stream(5, null, byGateway: false));
        Right(new SmallHistory().Stream(5, 10, byGateway: true).Fault(FaultKind.Stop, "edge-1", 9.9, 12));
        Wrong("stream-cut", new SmallHistory().Stream(5, 10, byGateway: true));
    }

    [Fact]
    public void AReceipt_CountsTheStreamsItClosed()
    {
        SmallHistory Revoked(int closed) =>
            new SmallHistory()
                .Stream(5, 10.005, true)
                .Stream(6, 10.006, true)
                .Write(WriteKind.Revoke, 10, closed: closed);
        Right(Revoked(2));
        Wrong("stream-count", Revoked(1));
        Wrong("stream-count", Revoked(3));
    }

    [Fact]
    public void LastUsed_NeverGoesBack()
    {
        SmallHistory Samples(double second) =>
            new SmallHistory()
                .Call(5, 200)
                .Add(new LastUsedSample(At(20), At(21), Key, Wall(5)))
                .Add(new LastUsedSample(At(second), At(23), Key, null));
        Right(Samples(20.5));
        Wrong("last-used-backwards", Samples(22));
    }

    [Fact]
    public void NoUseIsLost_ButByAKillOrACountedDrop()
    {
        SmallHistory Used(bool killed, long dropped = 0) =>
            new SmallHistory()
                .Drop(e => e is ProcessLife { Gateway: "edge-1" })
                .Add(new ProcessLife("edge-1", At(0), At(0), At(60), killed, dropped))
                .Fault(killed ? FaultKind.Kill : FaultKind.Stop, "edge-1", 59.9, 61)
                .Call(5, 200)
                .Call(50, 200);
        Right(Used(killed: false));
        Right(Used(killed: true).MoreUses(-1));
        Right(Used(killed: false, dropped: 1).MoreUses(-2));
        Wrong("use-lost", Used(killed: false).MoreUses(-1));
        Wrong("use-lost", Used(killed: true).MoreUses(-2));
        Wrong("use-lost", Used(killed: false).MoreUses(1));
    }

    [Fact]
    public void AnAccount_HasNoMoreKeysThanItMay()
    {
        SmallHistory Keys(string third) =>
            new SmallHistory()
                .Write(WriteKind.Create, 2, key: "key_2")
                .Write(WriteKind.Revoke, 3, key: third)
                .Write(WriteKind.Create, 4, key: "key_4");
        Right(Keys("key_2"));
        Wrong(
            "limit",
            new SmallHistory().Write(WriteKind.Create, 2, key: "key_2").Write(WriteKind.Create, 4, key: "key_4")
        );
    }

    [Fact]
    public void AKeyIsRefused_ForALimitThatIsReached()
    {
        SmallHistory Refused(int keys)
        {
            var history = new SmallHistory();
            for (var number = 2; number <= keys; number++)
                history.Write(WriteKind.Create, number, key: $"key_{number}");
            var refused = history.Last with
            {
                Begin = At(10),
                End = At(10.1),
                Outcome = WriteOutcome.Refused,
                Code = "KEY_LIMIT_REACHED",
                Key = null,
                Receipt = null,
            };
            return history.Add(refused);
        }
        Right(Refused(keys: 2));
        Wrong("limit", Refused(keys: 1));
    }

    [Fact]
    public void AReceipt_NamesEveryGatewayThatIsUp()
    {
        SmallHistory Omitted() =>
            Change(new SmallHistory().Write(WriteKind.Disable, 40), r => r with { Gateways = [r.Gateways[0]] });
        Wrong("receipt-lies", Omitted());
        Right(Omitted().Fault(FaultKind.Pause, "edge-2", 10, 60));
        Wrong("receipt-lies", Omitted().Fault(FaultKind.Pause, "edge-2", 30, 60));
        Right(
            Omitted()
                .Drop(e => e is ProcessLife { Gateway: "edge-2" })
                .Add(new ProcessLife("edge-2", At(0), At(0), At(20), false, 0))
        );
    }

    [Fact]
    public void AReceipt_PromisesNoLaterThanLeaseAndStaleness()
    {
        Right(new SmallHistory().Write(WriteKind.Disable, 10, 12, pends: ("edge-2", 25.2)));
        Wrong("receipt-lies", new SmallHistory().Write(WriteKind.Disable, 10, 12, pends: ("edge-2", 60)));
    }

    [Fact]
    public void AReceiptThatIsComplete_HasNobodyPending() =>
        Wrong(
            "receipt-lies",
            Change(
                new SmallHistory().Write(WriteKind.Disable, 10, pends: ("edge-2", 25)),
                r => r with { Complete = true }
            )
        );

    [Fact]
    public void Numbers_AreInTheOrderOfTheCommits_WithoutGaps()
    {
        Wrong("receipt-lies", new SmallHistory().Write(WriteKind.Other, 20).Write(WriteKind.Suspend, 10));
        var missing = new SmallHistory()
            .Write(WriteKind.Other, 10)
            .Write(WriteKind.Other, 20)
            .Write(WriteKind.Other, 30);
        Assert.Contains("receipt-lies", missing.Drop(e => e is FeedEntry { Number: 3 }).Broken());
    }

    [Fact]
    public void ANumber_IsOneWritesOwn()
    {
        var history = new SmallHistory().Write(WriteKind.Disable, 10);
        Wrong(
            "receipt-lies",
            history.Add(
                history.Last with
                {
                    Kind = WriteKind.Update,
                    Fields = "AllowedIps",
                    Sets = new() { AllowedIps = "10.0.0.1" },
                }
            )
        );
    }

    [Fact]
    public void WhatWasAnswered_IsInTheFeed() =>
        Wrong("lost-write", new SmallHistory().Write(WriteKind.Disable, 10).Drop(e => e is FeedEntry { Number: 2 }));

    [Fact]
    public void WhatWasWritten_IsShown()
    {
        Right(new SmallHistory().Write(WriteKind.Disable, 10, 11).Read(10.5, off: true).Read(10.6).Read(12, off: true));
        Wrong("lost-write", new SmallHistory().Write(WriteKind.Disable, 10, 11).Read(12));
        Wrong("lost-write", new SmallHistory().Read(12, sets: new KeySettings { Permissions = "tokens:read" }));
    }

    [Fact]
    public void AChange_IsSomebodys()
    {
        Right(new SmallHistory().Unanswered(WriteKind.Disable, 10, 12, isWritten: true));
        Wrong("phantom-write", new SmallHistory().Add(new FeedEntry(2, "key.updated", Account, Key)));
    }

    private static SmallHistory Change(SmallHistory history, Func<Receipt, Receipt> change)
    {
        var write = history.Last;
        return history.Drop(e => ReferenceEquals(e, write)).Add(write with { Receipt = change(write.Receipt!) });
    }
}
