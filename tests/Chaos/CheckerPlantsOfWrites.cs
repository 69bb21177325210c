namespace Gateway.Tests;

/// <content>What is planted into receipts, the feed, uses and limits.</content>
internal sealed partial class CheckerPlants
{
    private const string NewAccount = "acc_z";

    private History? LastUsedBack() =>
        (
            from key in history.All<LastUsedSample>().GroupBy(s => s.Key)
            let samples = key.OrderBy(s => s.Begin).ToList()
            from at in Enumerable.Range(1, Math.Max(0, samples.Count - 1))
            where samples[at - 1].Value is not null && samples[at - 1].End < samples[at].Begin
            select Replace(samples[at], samples[at] with { Value = samples[at - 1].Value - Ms })
        ).FirstOrDefault();

    // Of a key that no process has had in hand that was killed later, one less than clients saw, or one more than they can
    // have made.
    private History? Uses(int more)
    {
        var killed = history.All<ProcessLife>().Where(l => l.Killed).ToLookup(l => l.Gateway, l => l.Ended);
        var found =
            from uses in history.All<UsesInStore>()
            let calls = _calls.Where(c => c.Key == uses.Key).ToList()
            let seen = calls.Count(c => c.Status is 101 or 200)
            where seen > 0 && !calls.Exists(c => killed[c.Gateway].Any(ended => c.Begin < ended))
            let made = more < 0 ? seen : calls.Count(c => c.Status is 101 or 200 or 0)
            select Replace(uses, uses with { Accepted = made + more });
        return found.FirstOrDefault();
    }

    private History OverLimit() => With([.. Creates(history.Header.KeyLimit + 1)]);

    private History UnderLimit()
    {
        var made = Creates(history.Header.KeyLimit - 1).ToList();
        var end = ((AdminWrite)made[^2]).End;
        var refused = (AdminWrite)made[0] with
        {
            Begin = end + Second,
            End = end + Second + Ms,
            Outcome = WriteOutcome.Refused,
            Key = null,
            Code = "KEY_LIMIT_REACHED",
            Receipt = null,
        };
        return With([.. made, refused]);
    }

    // Keys of an account that had none, after all else.
    private IEnumerable<HistoryEvent> Creates(int count)
    {
        var (last, at) = (_feed.Keys.Max(), _writes.Max(w => w.End) + Second);
        for (var number = last + 1; number <= last + count; number++)
        {
            yield return new AdminWrite
            {
                Begin = at,
                End = at + Ms,
                Kind = WriteKind.Create,
                Outcome = WriteOutcome.Done,
                Account = NewAccount,
                Key = $"key_{number}",
                Sets = new KeySettings(),
                Receipt = new Receipt(number, false, [], []),
            };
            yield return new FeedEntry(number, "key.created", NewAccount, $"key_{number}");
            at += Second;
        }
    }

    private History? Omit() =>
        (
            from write in Owners()
            let receipt = write.Receipt!
            where receipt.Complete && receipt.Gateways.Count > 0
            let left = receipt.Gateways[0]
            where IsCalm(left.Gateway, write.Begin, write.End)
            where
                history
                    .All<ProcessLife>()
                    .Any(l => l.Gateway == left.Gateway && l.Ready < write.Begin && !(l.Ended < write.End))
            select Replace(write, write with { Receipt = receipt with { Gateways = [.. receipt.Gateways.Skip(1)] } })
        ).FirstOrDefault();

    private History? PromiseLater() =>
        _writes.Find(w => w.Receipt is { Pending.Count: > 0 }) is { Receipt: { } receipt } write
            ? Replace(
                write,
                write with
                {
                    Receipt = receipt with
                    {
                        Pending =
                        [
                            receipt.Pending[0] with
                            {
                                GuaranteedBy = receipt.Pending[0].GuaranteedBy + (5 * Second),
                            },
                        ],
                    },
                }
            )
            : null;

    private History? CompleteWithPending() =>
        _writes.Find(w => w.Receipt is { Pending.Count: > 0 }) is { Receipt: { } receipt } write
            ? Replace(write, write with { Receipt = receipt with { Complete = true } })
            : null;

    // Two writes that followed one another, with their numbers and rows exchanged.
    private History? Swap()
    {
        var owners = Owners().ToDictionary(w => w.Receipt!.Change);
        var first = owners.Values.FirstOrDefault(w =>
            w.Kind != WriteKind.Rotate
            && owners.TryGetValue(w.Receipt!.Change + 1, out var next)
            && next.Kind != WriteKind.Rotate
            && w.End < next.Begin
            && next.Account != w.Account
        );
        if (first is null)
            return null;
        var (number, second) = (first.Receipt!.Change, owners[first.Receipt.Change + 1]);
        return Rewrite(e =>
            ReferenceEquals(e, first) ? [first with { Receipt = first.Receipt with { Change = number + 1 } }]
            : ReferenceEquals(e, second) ? [second with { Receipt = second.Receipt! with { Change = number } }]
            : e is FeedEntry entry && entry.Number == number ? [entry with { Number = number + 1 }]
            : e is FeedEntry other && other.Number == number + 1 ? [other with { Number = number }]
            : [e]
        );
    }

    private History Skip() => Rewrite(e => e is FeedEntry entry && entry.Number == _feed.Keys.Max() / 2 ? [] : [e]);

    private History? Lose()
    {
        var last = Owners().Max(w => w.Receipt!.Change);
        return Rewrite(e => e is FeedEntry entry && entry.Number >= last ? [] : [e]);
    }

    private History? Misread() =>
        (
            from read in history.All<ReadBack>()
            where read.Key is not null && IsSettled(read.Key, read.Begin, read.End)
            select Replace(read, read with { Off = !read.Off })
        ).FirstOrDefault();

    private History Phantom() =>
        With(new FeedEntry(_feed.Keys.Max() + 1, "key.updated", NewAccount, "key_nobody_wrote"));

    // Answered writes whose number is a row of their own.
    private IEnumerable<AdminWrite> Owners() =>
        from write in _writes
        where write is { Outcome: WriteOutcome.Done, Receipt: not null }
        let number = write.Receipt!.Change
        where Entry(number) is { } entry && (entry.Key ?? entry.Account) == (write.Key ?? write.Account)
        where _writes.Count(w => w.Receipt?.Change == number) == 1
        select write;
}
