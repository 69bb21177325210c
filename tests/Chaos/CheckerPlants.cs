namespace Gateway.Tests;

/// <summary>
/// Violations planted in the history of a correct fleet, one at a time, each where it is a violation beyond doubt: the
/// planter looks at the events alone, by rules of its own, and keeps away from faults and from writes of unknown outcome.
/// Each gives null where a history has no place for it.
/// </summary>
internal sealed partial class CheckerPlants(History history)
{
    private static readonly TimeSpan Ms = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // Longer than receipts are waited for, and than a write without an answer takes to be committed.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    private readonly Dictionary<long, FeedEntry> _feed = history.All<FeedEntry>().ToDictionary(e => e.Number);
    private readonly List<AdminWrite> _writes = [.. history.All<AdminWrite>().OrderBy(w => w.Begin)];
    private readonly List<Call> _calls = [.. history.All<Call>().OrderBy(c => c.Begin)];
    private readonly ILookup<string, Call> _accepted = history
        .All<Call>()
        .Where(c => c.Status == 200)
        .ToLookup(c => c.Key!);
    private readonly Dictionary<string, string> _accountOf = history
        .All<FeedEntry>()
        .Where(e => e.Key is not null)
        .DistinctBy(e => e.Key)
        .ToDictionary(e => e.Key!, e => e.Account);

    /// <summary>All of them: what is planted, and the rules one of which must find it.</summary>
    public static IReadOnlyList<(string What, string[] Rules, Func<CheckerPlants, History?> Plant)> All { get; } =
    [
        ("an accept on the old record 1 ms after the receipt", ["stale-accept"], p => p.AcceptAfterReceipt()),
        (
            "an accept on the old record after guaranteedBy",
            ["late-accept", "stale-accept"],
            p => p.AcceptAfterPromise()
        ),
        ("an accept on the old record by a process that started later", ["stale-accept"], p => p.AcceptAfterStart()),
        ("an accept of a key nobody was given", ["wrong-accept"], p => p.AcceptOfUnknown()),
        ("an accept by a gateway cut off for too long", ["too-stale"], p => p.AcceptWhenCutOff()),
        ("a valid key refused", ["valid-refused"], p => p.Turn(c => c.Status == 200, 401, "INVALID_API_KEY")),
        ("a wrong code", ["wrong-code"], p => p.Turn(c => c.Code == "DISABLED_API_KEY", 401, "REVOKED_API_KEY")),
        ("a 503 in calm time", ["unavailable"], p => p.Turn(c => c.Status == 200, 503, "VERIFICATION_UNAVAILABLE")),
        ("no answer in calm time", ["unavailable"], p => p.Turn(c => c.Status == 200, 0, null)),
        ("a stream that outlives its key", ["stream-outlives"], p => p.StreamOutlives()),
        ("a stream closed for no reason", ["stream-cut"], p => p.StreamCut()),
        ("streams closed that nobody had", ["stream-count"], p => p.StreamsMiscounted()),
        ("last used going backwards", ["last-used-backwards"], p => p.LastUsedBack()),
        ("a lost use", ["use-lost"], p => p.Uses(-1)),
        ("a use that nobody made", ["use-lost"], p => p.Uses(+1)),
        ("a limit overrun", ["limit"], p => p.OverLimit()),
        ("a key refused for a limit far away", ["limit"], p => p.UnderLimit()),
        ("a receipt that leaves out a live gateway", ["receipt-lies"], p => p.Omit()),
        ("a promise too late", ["receipt-lies"], p => p.PromiseLater()),
        ("a complete receipt with one pending", ["receipt-lies"], p => p.CompleteWithPending()),
        ("numbers swapped", ["receipt-lies"], p => p.Swap()),
        ("a number left out", ["receipt-lies"], p => p.Skip()),
        ("a write that was lost", ["lost-write"], p => p.Lose()),
        ("a record shown otherwise", ["lost-write"], p => p.Misread()),
        ("a change that nobody wrote", ["phantom-write"], p => p.Phantom()),
    ];

    private History? AcceptAfterReceipt() =>
        (
            from write in Ends()
            let receipt = write.Receipt!
            where receipt.Complete
            from call in _accepted[write.Key!]
            where IsSame(call, write, write.End + (10 * Ms))
            select With(call with { Begin = write.End + Ms, End = write.End + (3 * Ms) })
        ).FirstOrDefault();

    private History? AcceptAfterPromise() =>
        (
            from write in Ends()
            let receipt = write.Receipt!
            from pending in receipt.Pending
            let at = receipt.Pending.Max(p => p.GuaranteedBy) - history.Header.Epoch + Allowance.Clock + Ms
            from call in _accepted[write.Key!]
            where IsSame(call, write, at + (10 * Ms))
            select With(call with { Begin = at, Gateway = pending.Gateway, End = at + (2 * Ms) })
        ).FirstOrDefault();

    private History? AcceptAfterStart() =>
        (
            from write in Ends()
            let receipt = write.Receipt!
            where !receipt.Complete
            from life in history.All<ProcessLife>()
            where life.Started > write.End && receipt.Pending.Any(p => p.Gateway == life.Gateway)
            let at = life.Ready!.Value + Ms
            from call in _accepted[write.Key!]
            where IsSame(call, write, at + (10 * Ms))
            select With(call with { Begin = at, Gateway = life.Gateway, End = at + (2 * Ms) })
        ).FirstOrDefault();

    private History? AcceptOfUnknown() =>
        _calls.Find(c => c.Code == "INVALID_API_KEY") is { } call
            ? Replace(call, call with { Status = 200, Code = null })
            : null;

    private History? AcceptWhenCutOff() =>
        (
            from fault in history.All<Fault>()
            where fault.Kind == FaultKind.Cut
            from call in _calls
            where call.Status == 200 && (fault.Target == call.Gateway || fault.Target == FaultTargets.Store)
            let route = history.Header.Routes.Single(r => r.Name == call.Route)
            let at = fault.Begin + history.Header.Lease + route.MaxStaleness + Second + Ms
            where at < fault.End - Second - (3 * Ms)
            select With(call with { Begin = at, End = at + (2 * Ms) })
        ).FirstOrDefault();

    private History? Turn(Func<Call, bool> of, int status, string? code) =>
        _calls.Find(c => of(c) && IsCalm(c.Gateway, c.Begin, c.End) && IsSettled(c.Key!, c.Begin, c.End)) is { } call
            ? Replace(call, call with { Status = status, Code = code })
            : null;

    private History? StreamOutlives() =>
        (
            from write in Ends()
            let receipt = write.Receipt!
            where receipt.Complete
            from stream in history.All<StreamLife>()
            where stream.Key == write.Key && stream.ByGateway && stream.Opened < write.Begin
            where stream.Closed >= write.Begin && stream.Closed < write.End + Second
            let closed = write.End + (3 * Second)
            where IsOver(write, closed) && IsCalm(stream.Gateway, write.Begin, closed)
            select Replace(stream, stream with { Closed = closed })
        ).FirstOrDefault();

    private History? StreamCut() =>
        (
            from stream in history.All<StreamLife>()
            where !stream.ByGateway && stream.Closed is not null
            where IsCalm(stream.Gateway, stream.Closed!.Value, stream.Closed.Value)
            where IsSettled(stream.Key, stream.Closed!.Value - (3 * Second), stream.Closed.Value)
            select Replace(stream, stream with { ByGateway = true })
        ).FirstOrDefault();

    private History? StreamsMiscounted() =>
        (
            from write in Ends()
            let receipt = write.Receipt!
            where receipt.Gateways.Count > 0
            let gateway = receipt.Gateways[0]
            where IsCalm(gateway.Gateway, write.Begin, write.End)
            where !Meets(write.Key!, write.Begin - Settled, write.End + Settled).Any(w => w != write)
            let more = gateway with
            {
                StreamsClosed = gateway.StreamsClosed + 9,
            }
            select Replace(
                write,
                write with
                {
                    Receipt = receipt with { Gateways = [more, .. receipt.Gateways.Skip(1)] },
                }
            )
        ).FirstOrDefault();

    // Writes that ended a key, and of which it is known that they did.
    private IEnumerable<AdminWrite> Ends() =>
        from write in _writes
        where write is { Outcome: WriteOutcome.Done, Kind: WriteKind.Disable or WriteKind.Revoke, Receipt: not null }
        where Entry(write.Receipt!.Change) is { } entry && entry.Key == write.Key
        select write;

    // An accept of before the write that would be right until the instant but for the write.
    private bool IsSame(Call call, AdminWrite write, TimeSpan until) =>
        call.End < write.Begin && IsOver(write, until) && IsPlain(write.Key!);

    // Nothing gives the key back before the instant.
    private bool IsOver(AdminWrite write, TimeSpan until) =>
        write.Kind == WriteKind.Revoke || !Meets(write.Key!, write.Begin, until).Any(w => w.Kind is WriteKind.Enable);

    // No write changes the key or its account then, or may do so late.
    private bool IsSettled(string key, TimeSpan from, TimeSpan to) => IsPlain(key) && !Meets(key, from, to).Any();

    private IEnumerable<AdminWrite> Meets(string key, TimeSpan from, TimeSpan to) =>
        _writes.Where(w =>
            IsAbout(w, key)
            && w.Begin <= to
            && w.End + (w.Outcome == WriteOutcome.Unknown ? Late : TimeSpan.Zero) >= from - Settled
        );

    // It never expires.
    private bool IsPlain(string key) =>
        !_writes.Exists(w => IsAbout(w, key) && (w.Sets?.ExpiresAt is not null || w.Kind == WriteKind.Rotate));

    private bool IsAbout(AdminWrite write, string key) =>
        write.Key == key
        || write.Successor == key
        || (write.Key is null && write.Kind != WriteKind.Create && write.Account == _accountOf.GetValueOrDefault(key));

    private bool IsCalm(string gateway, TimeSpan from, TimeSpan to) =>
        !history
            .All<Fault>()
            .Any(f =>
                (f.Target == gateway || f.Target == FaultTargets.Store)
                && f.Begin < to + (5 * Second)
                && f.End > from - (10 * Second)
            );

    private FeedEntry? Entry(long number) => _feed.GetValueOrDefault(number);

    private History With(params HistoryEvent[] more) => Rewrite(e => [e], more);

    private History Replace(HistoryEvent old, HistoryEvent other) =>
        Rewrite(e => ReferenceEquals(e, old) ? [other] : [e]);

    private History Rewrite(Func<HistoryEvent, IEnumerable<HistoryEvent>> map, params HistoryEvent[] more)
    {
        var planted = new History(history.Header);
        foreach (var happened in history.Events.SelectMany(map).Concat(more))
            planted.Add(happened);
        return planted;
    }
}
