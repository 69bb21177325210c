namespace Gateway.Tests;

/// <summary>Rules about what was written: nothing that was answered is lost, the admin API shows what is so, and limits
/// hold.</summary>
internal static class CheckerWrites
{
    private const string LimitReached = "KEY_LIMIT_REACHED";

    public static IEnumerable<Violation> Check(CheckerEvidence evidence) =>
        evidence
            .Feed.Violations.Concat(evidence.Writes.Select(w => Lost(evidence, w)))
            .Concat(evidence.History.All<ReadBack>().Select(r => Misread(evidence, r)))
            .Concat(evidence.Feed.Owners.Select(o => OverLimit(evidence, o.Key, o.Value)))
            .Concat(evidence.Writes.Select(w => UnderLimit(evidence, w)))
            .OfType<Violation>();

    // lost-write. Sound: a write that was answered is in the feed under the number it was given, or found nothing to do
    // at that number. Misses: a write that found nothing to do and should have.
    private static Violation? Lost(CheckerEvidence evidence, AdminWrite write)
    {
        if (write.Outcome != WriteOutcome.Done)
            return null;
        if (write.Receipt is not { } receipt)
            return new Violation("receipt-lies", "A write was answered without a receipt.", [write]);
        if (evidence.Feed.At(receipt.Change) is not { } entry)
            return new Violation("lost-write", $"The feed has no change {receipt.Change}.", [write]);
        return write.MayBe(entry) || FindsNothingToDo(evidence, write, entry)
            ? null
            : new Violation(
                "lost-write",
                $"Change {receipt.Change} is another's, and it had something to do.",
                [write, entry]
            );
    }

    private static bool FindsNothingToDo(CheckerEvidence evidence, AdminWrite write, FeedEntry entry) =>
        write.Kind switch
        {
            WriteKind.Create or WriteKind.Rotate => false,
            WriteKind.RevokeAll or WriteKind.Other => true,
            WriteKind.Suspend or WriteKind.Resume => evidence
                .Feed.Account(write.Account)
                .Between(entry.Number, entry.Number)
                .Any(s => write.Leaves(s) == s),
            _ => evidence
                .Feed.Key(write.Key!)
                .Between(entry.Number, entry.Number)
                .Any(s => write.Leaves(s, entry) == s),
        };

    // lost-write, seen by reading. Sound: the admin API reads the primary, so it shows the record as it was after some
    // change from the last one anybody had been answered about to the last one that can have been committed.
    private static Violation? Misread(CheckerEvidence evidence, ReadBack read)
    {
        var (after, upTo) = (evidence.Positions.Answered(read.Begin), evidence.Feed.SeenBefore(read.End));
        var fits = read.Key is { } key
            ? evidence.Feed.Key(key).Between(after, upTo).Any(s => s.ShownAs(read))
            : evidence.Feed.Account(read.Account).Between(after, upTo).Contains(read.Off);
        return fits
            ? null
            : new Violation("lost-write", "The admin API shows what no order of the writes explains.", [read]);
    }

    // limit. Sound: creates and updates take the account's lock and count, so after one of them the keys that count for
    // sure, whatever else is unknown, are within the limit. A rotation does not count and makes no more. Misses: keys of
    // creates without an answer that expire.
    private static Violation? OverLimit(CheckerEvidence evidence, long number, AdminWrite write)
    {
        if (write.Kind is not (WriteKind.Create or WriteKind.Update))
            return null;
        var now = evidence.Clock.ToWall(write.End + Allowance.Clock);
        var count = Keys(evidence, write)
            .Count(k => evidence.Feed.Key(k).Between(number, number).All(s => s.Counts(now)));
        return count <= evidence.History.Header.KeyLimit
            ? null
            : new Violation("limit", $"The account has {count} keys after change {number}.", [write]);
    }

    // limit, the other way round. Sound: whoever is refused for the limit met as many keys at some change it can have
    // seen; counted here are all that can have counted at any.
    private static Violation? UnderLimit(CheckerEvidence evidence, AdminWrite write)
    {
        if (write.Outcome != WriteOutcome.Refused || write.Code != LimitReached || write.Kind != WriteKind.Create)
            return null;
        var (after, upTo) = (evidence.Positions.Answered(write.Begin), evidence.Feed.SeenBefore(write.End));
        var count = Keys(evidence, write)
            .Count(k => evidence.Feed.Key(k).Between(after, upTo).Any(s => s.Counts(DateTimeOffset.MinValue)));
        return count >= evidence.History.Header.KeyLimit
            ? null
            : new Violation("limit", $"A key was refused, and the account has {count} at most.", [write]);
    }

    private static IEnumerable<string> Keys(CheckerEvidence evidence, AdminWrite write) =>
        evidence.Feed.KeysOf(write.Account);
}
