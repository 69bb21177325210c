namespace Gateway.Tests;

/// <summary>A history made by hand: two gateways, one account, instants in seconds. The feed and the uses follow from what
/// is added, as a fleet that keeps its books would have them.</summary>
internal sealed class SmallHistory
{
    public const string Account = "acc_1";
    public const string Key = "key_1";

    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;
    private static readonly string[] Gateways = ["edge-1", "edge-2"];

    private readonly List<HistoryEvent> _events = [];
    private readonly Dictionary<string, long> _extraUses = new(StringComparer.Ordinal);
    private long _head;

    /// <summary>Both gateways run throughout, and the key was made in the first second.</summary>
    public SmallHistory(KeySettings? settings = null)
    {
        foreach (var gateway in Gateways)
            _events.Add(new ProcessLife(gateway, At(0), At(0), null, false, 0));
        Write(WriteKind.Create, 0.5, sets: settings);
    }

    public static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    public static DateTimeOffset Wall(double seconds) => Epoch + At(seconds);

    /// <summary>The write that was added last.</summary>
    public AdminWrite Last => _events.OfType<AdminWrite>().Last();

    public SmallHistory Add(HistoryEvent happened)
    {
        _events.Add(happened);
        return this;
    }

    public SmallHistory Drop(Func<HistoryEvent, bool> which)
    {
        _events.RemoveAll(e => which(e));
        return this;
    }

    /// <summary>A write that was answered and has a row in the feed; its receipt is complete unless a gateway
    /// pends. Streams are closed by the first.</summary>
    public SmallHistory Write(
        WriteKind kind,
        double at,
        double? end = null,
        string key = Key,
        KeySettings? sets = null,
        string fields = "",
        (string Gateway, double By)? pends = null,
        int closed = 0
    )
    {
        var ofAccount = kind is WriteKind.Suspend or WriteKind.Resume or WriteKind.RevokeAll or WriteKind.Other;
        var row = kind switch
        {
            WriteKind.Create => "key.created",
            WriteKind.Revoke => "key.revoked",
            WriteKind.RevokeAll => "account.keys-revoked",
            _ => ofAccount ? "account.updated" : "key.updated",
        };
        _events.Add(new FeedEntry(++_head, row, Account, ofAccount ? null : key));
        return Add(
            new AdminWrite
            {
                Begin = At(at),
                End = At(end ?? (at + 0.01)),
                Kind = kind,
                Outcome = WriteOutcome.Done,
                Account = Account,
                Key = ofAccount ? null : key,
                Sets = sets ?? new KeySettings(),
                Fields = fields,
                Receipt = Receipt(pends, closed),
            }
        );
    }

    /// <summary>A write that was not answered. It has a row in the feed if it was written.</summary>
    public SmallHistory Unanswered(WriteKind kind, double at, double end, bool isWritten)
    {
        Write(kind, at, end);
        var write = Last;
        if (!isWritten)
            _events.RemoveAll(e => e is FeedEntry entry && entry.Number == _head);
        _head -= isWritten ? 0 : 1;
        _events[_events.IndexOf(write)] = write with { Outcome = WriteOutcome.Unknown, Receipt = null };
        return this;
    }

    public SmallHistory Call(
        double at,
        int status,
        string? code = null,
        string gateway = "edge-1",
        string? key = Key,
        double? end = null
    ) => Add(new Call(At(at), At(end ?? (at + 0.005)), gateway, key, "open", null, null, status, code));

    public SmallHistory Fault(FaultKind kind, string target, double from, double to) =>
        Add(new Fault(At(from), At(to), kind, target));

    public SmallHistory Stream(double opened, double? closed, bool byGateway, string gateway = "edge-1") =>
        Call(opened - 0.01, 101, gateway: gateway)
            .Add(
                new StreamLife(At(opened), closed is { } c ? At(c) : null, gateway, Key, "open", null, null, byGateway)
            );

    public SmallHistory Read(double at, bool off = false, bool revoked = false, KeySettings? sets = null) =>
        Add(new ReadBack(At(at), At(at + 0.01), Account, Key, sets ?? new KeySettings(), off, revoked, null));

    /// <summary>The store has more uses of the key than were answered, or fewer.</summary>
    public SmallHistory MoreUses(long more)
    {
        _extraUses[Key] = more;
        return this;
    }

    /// <summary>The rules the checker finds broken.</summary>
    public IEnumerable<string> Broken()
    {
        var history = new History(
            new RunHeader
            {
                Seed = 0,
                Epoch = Epoch,
                KeyLimit = 2,
                Routes = [new RouteFacts { Name = "open", MaxStaleness = At(10) }],
            }
        );
        var uses =
            from call in _events.OfType<Call>()
            where call.IsAccepted()
            group call by call.Key into calls
            let more = _extraUses.GetValueOrDefault(calls.Key)
            select new UsesInStore(calls.Key, calls.Count() + more, Epoch + calls.Max(c => c.Begin));
        foreach (var happened in _events.Concat(uses.ToList()))
            history.Add(happened);
        return Checker.Check(history).Select(v => v.Rule).Distinct();
    }

    /// <summary>A receipt of the last change.</summary>
    public Receipt Receipt((string Gateway, double By)? pends = null, int closed = 0) =>
        new(
            _head,
            pends is null,
            [
                .. Gateways
                    .Where(g => g != pends?.Gateway)
                    .Select(g => new ReceiptGateway(g, null, 1, g == Gateways[0] ? closed : 0)),
            ],
            pends is { } who ? [new ReceiptPending(who.Gateway, null, Wall(who.By))] : []
        );
}
