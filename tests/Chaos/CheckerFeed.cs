namespace Gateway.Tests;

/// <summary>
/// What the store held after each change. The numbers of the feed put all changes into one order, so "the record a
/// gateway may have judged by" is "the record after some change, from the last one it must know of to the last one it
/// can have seen".
/// <code>
///   feed       … 41 key.updated A   42 key.created B   43 account.updated …
///   for each   1 who can have written it: writes of that kind and key whose answer names the number, and those of
///                unknown outcome
///              2 what each would have left, if all others who name the number found nothing to do
///              3 that is what the record may be from here on
/// </code>
/// A write that finds nothing to do answers with the head, so a number may be named by several writes. A change that no
/// write explains, or that two writes claim who each changed something, is a violation: the store keeps one order.
/// </summary>
internal sealed class CheckerFeed
{
    private readonly CheckerPositions _positions;
    private readonly ILookup<long, AdminWrite> _claims;
    private readonly ILookup<string, (AdminWrite Write, TimeSpan Until)> _unknown;
    private readonly ILookup<string, ReadBack> _reads;
    private readonly Dictionary<string, StateLine<KeyState>> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StateLine<bool>> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _keysOf = new(StringComparer.Ordinal);
    private readonly List<Reached> _seen = [];
    private readonly List<Violation> _violations = [];

    public CheckerFeed(History history, CheckerPositions positions, CheckerTroubles troubles)
    {
        _positions = positions;
        _claims = (
            from write in history.All<AdminWrite>()
            where write is { Outcome: WriteOutcome.Done, Receipt: not null }
            from number in write.Numbers()
            select (number, write)
        ).ToLookup(c => c.number, c => c.write);
        _unknown = history
            .All<AdminWrite>()
            .Where(w => w.Outcome == WriteOutcome.Unknown)
            .ToLookup(
                w => w.Account,
                w => (w, troubles.CalmFrom(FaultTargets.Admin, w.End, Allowance.Late) + Allowance.Late)
            );
        _reads = history.All<ReadBack>().ToLookup(r => r.Key ?? r.Account);
        Entries = [.. history.All<FeedEntry>().OrderBy(e => e.Number)];
        foreach (var entry in Entries)
            Replay(entry);
        foreach (var (key, line) in _keys)
            Narrow(line, key, TimeSpan.MaxValue);
        foreach (var (account, line) in _accounts)
            Narrow(line, account, TimeSpan.MaxValue);
    }

    /// <summary>The feed, in order.</summary>
    public IReadOnlyList<FeedEntry> Entries { get; }

    /// <summary>The one write that made a change, where no other can have.</summary>
    public Dictionary<long, AdminWrite> Owners { get; } = [];

    /// <summary>The row that made each key.</summary>
    public Dictionary<string, FeedEntry> Made { get; } = new(StringComparer.Ordinal);

    /// <summary>What does not fit together.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>What a key may have been.</summary>
    public StateLine<KeyState> Key(string key) => LineOf(_keys, key, KeyState.None);

    /// <summary>Whether an account may have been suspended.</summary>
    public StateLine<bool> Account(string account) => LineOf(_accounts, account, false);

    /// <summary>The last change that can have been seen before an instant: a write that began then or later had not been
    /// committed, nor any of a higher number.</summary>
    public long SeenBefore(TimeSpan at) =>
        Search.LastWhere(_seen, s => s.At < at) is >= 0 and var last ? _seen[last].Number : 0;

    /// <summary>The row of a number; null for none.</summary>
    public FeedEntry? At(long number) =>
        Search.LastWhere(Entries, e => e.Number <= number) is >= 0 and var at && Entries[at].Number == number
            ? Entries[at]
            : null;

    /// <summary>The keys an account ever had.</summary>
    public List<string> KeysOf(string account)
    {
        if (!_keysOf.TryGetValue(account, out var keys))
            _keysOf[account] = keys = [];
        return keys;
    }

    /// <summary>All other changes that can have been committed within a span of time.</summary>
    public IEnumerable<FeedEntry> Near(long number, TimeSpan from, TimeSpan to)
    {
        // Committed before `from` for sure is what had been answered by then; after `to`, what began after it.
        var (first, last) = (_positions.Answered(from), SeenBefore(to));
        return Entries
            .Skip(Search.LastWhere(Entries, e => e.Number <= first) + 1)
            .TakeWhile(e => e.Number <= last)
            .Where(e => e.Number != number);
    }

    private void Replay(FeedEntry entry)
    {
        var named = _claims[entry.Number].Where(w => w.MayBe(entry)).ToList();
        // It began before anybody was answered about a higher number, and was over before a lower one was begun.
        var unknown =
            from late in _unknown[entry.Account]
            where late.Write.MayBe(entry) && _positions.Answered(late.Write.Begin) < entry.Number
            where _seen.Count == 0 || _seen[^1].At <= late.Until
            select late.Write;
        // Who was told the id of a key has made it.
        List<AdminWrite> writers = entry.IsCreation() && named.Count > 0 ? named : [.. named, .. unknown];
        if (writers.Count == 0)
            Report("phantom-write", $"No write explains change {entry.Number}.", entry);
        var made = Apply(new Row(entry, writers, named));
        if (writers.Count > 0 && made.Count == 0)
            Report("receipt-lies", $"Several writes say that change {entry.Number} is theirs.", [entry, .. named]);
        if (made is [{ Outcome: WriteOutcome.Done } owner])
            Owners[entry.Number] = owner;
        var begin = made.Count == 0 ? TimeSpan.Zero : made.Min(w => w.Begin);
        _seen.Add(new Reached(_seen.Count > 0 && _seen[^1].At > begin ? _seen[^1].At : begin, entry.Number));
    }

    // Returns who can have written it, and not have found it written.
    private List<AdminWrite> Apply(Row row)
    {
        var (entry, begin) = (row.Entry, row.Begin);
        if (entry.Key is null)
        {
            if (entry.IsEndOfAll())
                EndAll(entry, begin);
            var account = Account(entry.Account);
            Narrow(account, entry.Account, begin);
            return Advance(account, account.Last, row, (write, state) => [write.Leaves(state)]);
        }
        var key = Key(entry.Key);
        Narrow(key, entry.Key, begin);
        if (!entry.IsCreation())
            return Advance(key, key.Last, row, (write, state) => [write.Leaves(state, entry)]);
        Made[entry.Key] = entry;
        KeysOf(entry.Account).Add(entry.Key);
        return Advance(key, [KeyState.None], row, Make);

        IEnumerable<KeyState> Make(AdminWrite write, KeyState none) =>
            (write.Kind == WriteKind.Rotate ? Key(write.Key!).Last : [none]).Select(s => write.Leaves(s, entry));
    }

    // Each writer in turn is taken for the one whose change it is. Who else names the number must then have found
    // nothing to do.
    private static List<AdminWrite> Advance<T>(
        StateLine<T> line,
        IReadOnlyList<T> before,
        Row row,
        Func<AdminWrite, T, IEnumerable<T>> leaves
    )
        where T : notnull
    {
        var (made, after) = (new List<AdminWrite>(), new List<T>());
        foreach (var writer in row.Writers)
        {
            var left = before
                .SelectMany(s => leaves(writer, s))
                .Where(s => row.Named.All(w => w == writer || leaves(w, s).All(same => same.Equals(s))))
                .ToList();
            after.AddRange(left);
            if (left.Count > 0)
                made.Add(writer);
        }
        if (after.Count == 0)
            after.AddRange(before.Concat(before.SelectMany(s => row.Writers.SelectMany(w => leaves(w, s)))));
        line.Add(row.Entry.Number, after);
        return made;
    }

    private void EndAll(FeedEntry entry, TimeSpan begin)
    {
        foreach (var key in KeysOf(entry.Account))
        {
            var line = Key(key);
            Narrow(line, key, begin);
            line.Add(entry.Number, line.Last.Select(s => s with { Revoked = true }));
        }
    }

    // What the admin API showed between the last change of a record and the next one leaves fewer possibilities.
    private void Narrow(StateLine<KeyState> line, string key, TimeSpan next)
    {
        foreach (var read in Between(line.LastChange, key, next))
            line.Narrow(s => s.ShownAs(read));
    }

    private void Narrow(StateLine<bool> line, string account, TimeSpan next)
    {
        foreach (var read in Between(line.LastChange, account, next))
            line.Narrow(s => s == read.Off);
    }

    private IEnumerable<ReadBack> Between(long last, string subject, TimeSpan next) =>
        _reads[subject].Where(r => r.End <= next && _positions.Answered(r.Begin) >= last);

    private static StateLine<T> LineOf<T>(Dictionary<string, StateLine<T>> lines, string subject, T first)
    {
        if (!lines.TryGetValue(subject, out var line))
            lines[subject] = line = new StateLine<T>(first);
        return line;
    }

    private void Report(string rule, string sentence, params HistoryEvent[] events) =>
        _violations.Add(new Violation(rule, sentence, events));

    /// <summary>A row of the feed, who may have written it, and who of them names its number.</summary>
    private sealed record Row(FeedEntry Entry, List<AdminWrite> Writers, List<AdminWrite> Named)
    {
        public TimeSpan Begin => Writers.Count == 0 ? TimeSpan.Zero : Writers.Min(w => w.Begin);
    }
}
