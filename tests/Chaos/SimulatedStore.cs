namespace Gateway.Tests;

/// <summary>The records of a simulated store, change by change.</summary>
internal sealed class SimulatedStore
{
    private readonly List<TimeSpan> _committed = [];
    private readonly Dictionary<string, List<(long Number, KeyState State)>> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(long Number, bool Suspended)>> _accounts = new(StringComparer.Ordinal);

    public long Head => _committed.Count;

    public List<FeedEntry> Feed { get; } = [];

    public Dictionary<string, string> AccountOf { get; } = new(StringComparer.Ordinal);

    /// <summary>When a change was committed.</summary>
    public TimeSpan Committed(long number) => _committed[(int)number - 1];

    /// <summary>The last change committed before an instant.</summary>
    public long HeadAt(TimeSpan at)
    {
        var number = Head;
        while (number > 0 && Committed(number) >= at)
            number--;
        return number;
    }

    public KeyState Key(string key, long position) =>
        _keys.TryGetValue(key, out var states)
            ? states.LastOrDefault(s => s.Number <= position, (0, KeyState.None)).State
            : KeyState.None;

    public bool IsSuspended(string account, long position) =>
        _accounts.TryGetValue(account, out var states)
        && states.LastOrDefault(s => s.Number <= position, (0, false)).Suspended;

    /// <summary>Keys of an account that count against its limit.</summary>
    public int Count(string account, DateTimeOffset now) =>
        AccountOf.Count(k => k.Value == account && Key(k.Key, Head).Counts(now));

    /// <summary>Commits a change of a key.</summary>
    public long Save(TimeSpan at, string kind, string account, string key, KeyState state)
    {
        AccountOf[key] = account;
        Append(at, kind, account, key);
        Set(key, state);
        return Head;
    }

    /// <summary>Commits a change of an account.</summary>
    public long Save(TimeSpan at, string account, bool suspended)
    {
        Append(at, "account.updated", account, null);
        if (!_accounts.TryGetValue(account, out var states))
            _accounts[account] = states = [];
        states.Add((Head, suspended));
        return Head;
    }

    /// <summary>Revokes all keys of an account.</summary>
    public long RevokeAll(TimeSpan at, string account)
    {
        var keys = AccountOf.Where(k => k.Value == account).Select(k => k.Key).ToList();
        Append(at, "account.keys-revoked", account, null);
        foreach (var key in keys)
            Set(key, Key(key, Head) with { Revoked = true });
        return Head;
    }

    private void Append(TimeSpan at, string kind, string account, string? key)
    {
        _committed.Add(at);
        Feed.Add(new FeedEntry(Head, kind, account, key));
    }

    private void Set(string key, KeyState state)
    {
        if (!_keys.TryGetValue(key, out var states))
            _keys[key] = states = [];
        states.Add((Head, state));
    }
}
