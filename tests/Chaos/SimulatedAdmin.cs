namespace Gateway.Tests;

/// <summary>The writes of a simulated run, in the order of their commits: overlapping, without an answer, with nothing to
/// do, refused.</summary>
internal sealed class SimulatedAdmin(SimulatedFleet fleet, SimulatedReceipts receipts)
{
    private static readonly TimeSpan ReceiptTimeout = TimeSpan.FromSeconds(2);
    private static readonly string[] Accounts = ["acc_a", "acc_b", "acc_c"];

    private readonly SimulatedDice _dice = fleet.Dice;
    private readonly SimulatedStore _store = fleet.Store;
    private readonly List<Func<HistoryEvent>> _events = [];

    private sealed record Intent(TimeSpan Begin, TimeSpan Commit, TimeSpan? GivenUp, bool IsWritten);

    /// <summary>Keys, and from when on a client has them.</summary>
    public List<(string Key, TimeSpan From)> Issued { get; } = [];

    /// <summary>What was written and answered. Ask for it when all else is done: receipts count streams.</summary>
    public IEnumerable<HistoryEvent> Events => _events.Select(e => e());

    public void Run(TimeSpan end, IReadOnlyList<SimulatedSpan> storeOutages)
    {
        var intents = new List<Intent>();
        for (var at = TimeSpan.FromSeconds(2); at < end - TimeSpan.FromSeconds(3); at += _dice.Ms(5, 900))
            intents.Add(Plan(at, storeOutages));
        foreach (var intent in intents.OrderBy(i => i.Commit))
            Write(intent);
    }

    // What cannot be committed now is never, or as soon as the store is back, long after its caller has given up.
    private Intent Plan(TimeSpan begin, IReadOnlyList<SimulatedSpan> storeOutages)
    {
        var commit = begin + (_dice.Chance(0.1) ? _dice.Ms(1, 400) : _dice.Ms(1, 15));
        TimeSpan? givenUp = null;
        if (storeOutages.FirstOrDefault(o => o.Has(commit)) is { } outage)
            (commit, givenUp) = (outage.End + _dice.Ms(1, 50), begin + _dice.Ms(100, 3000));
        else if (_dice.Chance(0.07))
            (commit, givenUp) = (commit + _dice.Ms(0, 2000), begin + _dice.Ms(10, 2000));
        if (storeOutages.Any(o => o.Has(commit)))
            return new Intent(begin, commit, givenUp ?? commit, false);
        return new Intent(begin, commit, givenUp, givenUp is null || _dice.Chance(0.5));
    }

    private void Write(Intent intent)
    {
        var account = _dice.Of(Accounts);
        var mine = Issued.Where(k => k.From <= intent.Begin && _store.AccountOf[k.Key] == account).Select(k => k.Key);
        var live = mine.Where(k => !_store.Key(k, _store.Head).Revoked).ToList();
        var kind = live.Count == 0 ? WriteKind.Create : _dice.Of(Kinds);
        var write = new AdminWrite
        {
            Begin = intent.Begin,
            End = intent.GivenUp ?? intent.Commit,
            Kind = kind,
            Outcome = intent.GivenUp is null ? WriteOutcome.Done : WriteOutcome.Unknown,
            Account = account,
            Key = kind
                is WriteKind.Create
                    or WriteKind.RevokeAll
                    or WriteKind.Suspend
                    or WriteKind.Resume
                    or WriteKind.Other
                ? null
                : _dice.Of(live),
            Sets = kind is WriteKind.Create or WriteKind.Update ? Settings(intent.Commit) : null,
            Fields =
                kind == WriteKind.Update
                    ? _dice.Of(["AllowedIps", "Permissions", "ExpiresAt", "AllowedIps Wallets"])
                    : "",
        };
        if (intent.IsWritten)
            Commit(write, intent.Commit);
        else
            _events.Add(() => write);
    }

    private void Commit(AdminWrite write, TimeSpan at)
    {
        var now = SimulatedFleet.Epoch + at;
        var isLimited = write.Kind == WriteKind.Create && fleet.Flaw != SimulatedFlaw.ForgetsLimit;
        if (isLimited && _store.Count(write.Account, now) >= fleet.Header.KeyLimit)
        {
            Refuse(write, "KEY_LIMIT_REACHED");
            return;
        }
        var before = write.Key is null ? KeyState.None : _store.Key(write.Key, _store.Head);
        var isGone =
            write.Kind is WriteKind.Rotate && (before.Disabled || before.Deadline is not null || before.EndsAt <= now);
        var lifts = write.Kind == WriteKind.Update && !before.Counts(now);
        if (before.Revoked || isGone || lifts)
        {
            Refuse(write, "KEY_REVOKED");
            return;
        }
        var head = _store.Head;
        var isKept = fleet.Flaw != SimulatedFlaw.LosesWrites || write.Key is null || head == 0 || _dice.Chance(0.95);
        write = isKept || write.Kind == WriteKind.Rotate ? Change(write, before, at) : write;
        if (_store.Head > head)
        {
            for (var number = head + 1; number <= _store.Head; number++)
            {
                foreach (var gateway in fleet.Gateways)
                    gateway.Lives.ForEach(l => gateway.Apply(l, number, at));
            }
        }
        Answer(write, _store.Head, at);
    }

    private AdminWrite Change(AdminWrite write, KeyState before, TimeSpan at)
    {
        switch (write.Kind)
        {
            case WriteKind.Create:
                var made = $"key_{_store.Head + 1}";
                _store.Save(at, "key.created", write.Account, made, write.Leaves(before, null!));
                return write with { Key = made };
            case WriteKind.Rotate:
                return Rotate(write, before, at);
            case WriteKind.RevokeAll:
                _store.RevokeAll(at, write.Account);
                return write;
            case WriteKind.Suspend or WriteKind.Resume or WriteKind.Other:
                var suspended = _store.IsSuspended(write.Account, _store.Head);
                if (write.Kind == WriteKind.Other || write.Leaves(suspended) != suspended)
                    _store.Save(at, write.Account, write.Leaves(suspended));
                return write;
            default:
                var after = write.Leaves(before, null!);
                var kind = write.Kind == WriteKind.Revoke ? "key.revoked" : "key.updated";
                if (after != before)
                    _store.Save(at, kind, write.Account, write.Key!, after);
                return write;
        }
    }

    private AdminWrite Rotate(AdminWrite write, KeyState before, TimeSpan at)
    {
        var successor = $"key_{_store.Head + 1}";
        DateTimeOffset? deadline = _dice.Chance(0.5) ? SimulatedFleet.Epoch + at + _dice.Ms(2000, 30_000) : null;
        _store.Save(at, "key.created", write.Account, successor, before);
        var after = before with { Deadline = deadline, Revoked = deadline is null };
        _store.Save(at, deadline is null ? "key.revoked" : "key.updated", write.Account, write.Key!, after);
        return write with { Successor = successor, Deadline = deadline };
    }

    private void Answer(AdminWrite write, long number, TimeSpan at)
    {
        if (write.Outcome == WriteOutcome.Unknown)
        {
            // Nobody was told what it has made.
            var unanswered = write with
            {
                Successor = null,
                Deadline = null,
            };
            _events.Add(() => write.Kind == WriteKind.Create ? unanswered with { Key = null } : unanswered);
            return;
        }
        if (number == 0)
            return;
        var patience = at + ReceiptTimeout;
        var complete = receipts.CompleteAt(number);
        var told =
            complete < at ? at
            : complete < patience ? complete
            : patience;
        var end = told + _dice.Ms(1, 4);
        _events.Add(() => write with { End = end, Receipt = receipts.At(number, told) });
        if (told == patience && _dice.Chance(0.7))
        {
            var later = end + _dice.Ms(100, 20_000);
            _events.Add(() => new ReceiptRead(later, later + TimeSpan.FromMilliseconds(3), receipts.At(number, later)));
        }
        foreach (
            var key in new[] { write.Kind == WriteKind.Create ? write.Key : null, write.Successor }.OfType<string>()
        )
            Issued.Add((key, end));
    }

    private void Refuse(AdminWrite write, string code)
    {
        var refused = write.Outcome == WriteOutcome.Done ? WriteOutcome.Refused : write.Outcome;
        var end = write.End + _dice.Ms(1, 4);
        _events.Add(() => write with { Outcome = refused, Code = code, End = end });
    }

    private KeySettings Settings(TimeSpan at) =>
        new()
        {
            Environment = _dice.Chance(0.8) ? "sandbox" : "production",
            Permissions = _dice.Of(["*", "*", "tokens:read vm.buy.*", "*:read", "tokens:*"]),
            AllowedIps = _dice.Chance(0.8) ? null : _dice.Of(["10.0.0.0/8", "127.0.0.1 192.0.2.7"]),
            Wallets = _dice.Chance(0.8) ? null : _dice.Of(["w1", "w1 w2"]),
            ExpiresAt = _dice.Chance(0.7) ? null : SimulatedFleet.Epoch + at + _dice.Ms(3000, 60_000),
        };

    private static readonly WriteKind[] Kinds =
    [
        .. Enumerable.Repeat(WriteKind.Create, 20),
        .. Enumerable.Repeat(WriteKind.Update, 12),
        .. Enumerable.Repeat(WriteKind.Disable, 8),
        .. Enumerable.Repeat(WriteKind.Enable, 16),
        .. Enumerable.Repeat(WriteKind.Revoke, 4),
        .. Enumerable.Repeat(WriteKind.Rotate, 4),
        .. Enumerable.Repeat(WriteKind.Suspend, 2),
        .. Enumerable.Repeat(WriteKind.Resume, 8),
        .. Enumerable.Repeat(WriteKind.Other, 2),
        WriteKind.RevokeAll,
    ];
}
