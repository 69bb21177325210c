namespace Gateway.Keys.Storage;

/// <summary>A place where a key was found that should not have been there. Never holds the secret.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="AccountId">Its account.</param>
/// <param name="Url">Where; empty when nobody said.</param>
/// <param name="Reporter">Who reported it, such as <c>github</c>.</param>
/// <param name="Source">What kind of place, in the reporter's words, such as <c>commit</c>; null when not said.</param>
/// <param name="At">When it was reported first.</param>
public sealed record Leak(
    string KeyId,
    string AccountId,
    string Url,
    string Reporter,
    string? Source,
    DateTimeOffset At
);

/// <summary>Places where keys were found.</summary>
public static class LeakStore
{
    /// <summary>How many places are kept of one key: that it leaked is what matters, and reports are repeated.</summary>
    public const int MaxOfKey = 20;

    private const string Columns = "key_id, url, account_id, reporter, source, at";

    /// <summary>Keeps a place. The caller holds the key's lock.</summary>
    /// <returns>False when it is known already, or enough others are.</returns>
    public static async Task<bool> TryInsertLeakAsync(
        this Session session,
        Leak leak,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                $"""
                insert into leaks ({Columns})
                select @KeyId, @Url, @AccountId, @Reporter, @Source, @At
                where (select count(*) from leaks where key_id = @KeyId) < {MaxOfKey}
                on conflict do nothing
                """,
                leak,
                ct
            )
            .ConfigureAwait(false) == 1;

    /// <summary>Whether this place of a key is kept already.</summary>
    public static async Task<bool> HasLeakAsync(
        this Session session,
        string keyId,
        string url,
        CancellationToken ct = default
    ) =>
        await session
            .ValueAsync<long>("select count(*) from leaks where key_id = @keyId and url = @url", new { keyId, url }, ct)
            .ConfigureAwait(false) > 0;

    /// <summary>Places an account's keys were found in, newest first.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="since">Only those reported from this instant on.</param>
    /// <param name="limit">How many.</param>
    /// <param name="ct">Cancels the read.</param>
    public static Task<List<Leak>> ListLeaksAsync(
        this Session session,
        string accountId,
        DateTimeOffset since,
        int limit,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => r.ToLeak(),
            $"""
            select {Columns} from leaks
            where account_id = @accountId and at >= @since order by at desc, key_id, url limit @limit
            """,
            new
            {
                accountId,
                since,
                limit,
            },
            ct
        );

    /// <summary>Places one key was found in, newest first.</summary>
    public static Task<List<Leak>> ListLeaksOfKeyAsync(
        this Session session,
        string keyId,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => r.ToLeak(),
            $"select {Columns} from leaks where key_id = @keyId order by at desc, url",
            new { keyId },
            ct
        );

    private sealed class Row
    {
        public string KeyId { get; set; } = "";
        public string Url { get; set; } = "";
        public string AccountId { get; set; } = "";
        public string Reporter { get; set; } = "";
        public string? Source { get; set; }
        public DateTimeOffset At { get; set; }

        public Leak ToLeak() => new(KeyId, AccountId, Url, Reporter, Source, At);
    }
}
