namespace Gateway.Keys.Storage;

/// <summary>The change feed: written in the transaction of what it tells of, read in order by every gateway.</summary>
public static class ChangeFeed
{
    /// <summary>Channel of the Postgres hint.</summary>
    public const string Channel = "gateway_changes";

    /// <summary>Channel of the Redis hint; the message is the change's number in decimal.</summary>
    public const string RedisChannel = "gateway:changes";

    // How a key is hashed is not in the change: its row has it, since the same transaction, and never alters it.
    private const string Select = """
        select c.number, c.id, c.kind, c.key_id, c.key_hash, c.account_id, c.at, k.pepper_id, k.key_prefix
        from changes c left join api_keys k on k.id = c.key_id
        """;

    /// <summary>
    /// Appends a change. Call it last in the transaction: it locks the counter row, and locks are taken in the order
    /// account, key, counter.
    /// </summary>
    /// <returns>The change's number.</returns>
    public static async Task<long> AppendChangeAsync(
        this Session session,
        string kind,
        string accountId,
        KeyRecord? key = null,
        CancellationToken ct = default
    )
    {
        var number = await session
            .ValueAsync<long>("update change_counter set head = head + 1 where id = 1 returning head", ct: ct)
            .ConfigureAwait(false);
        // The hint goes with it, so that it costs no way there and back under the counter's lock.
        await session
            .ExecuteAsync(
                $"""
                insert into changes (number, id, kind, key_id, key_hash, account_id, at)
                values (@number, @id, @kind, @keyId, @hash, @accountId, {session.Dialect.Now});
                {(session.Dialect.HasNotify ? "select pg_notify(@Channel, @number::text)" : "")}
                """,
                new
                {
                    Channel,
                    number,
                    id = Ids.Random(),
                    kind,
                    keyId = key?.Id,
                    hash = key?.Hash,
                    accountId,
                },
                ct
            )
            .ConfigureAwait(false);
        return number;
    }

    /// <summary>The number of the last committed change; 0 before the first.</summary>
    public static Task<long> GetHeadAsync(this Session session, CancellationToken ct = default) =>
        session.ValueAsync<long>("select head from change_counter where id = 1", ct: ct);

    /// <summary>
    /// Changes from <paramref name="from"/> on, in order. A follower asks from the one it applied last, that one
    /// included: another id there, or none, says the database is not the one it followed.
    /// </summary>
    public static Task<List<Change>> ReadChangesAsync(
        this Session session,
        long from,
        int limit,
        CancellationToken ct = default
    ) => ReadAsync(session, "where c.number >= @from order by c.number limit @limit", new { from, limit }, ct);

    /// <summary>Changes for people to look at, newest first.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="limit">How many.</param>
    /// <param name="before">Only those with a lower number; null for the newest.</param>
    /// <param name="ct">Cancels the read.</param>
    public static Task<List<Change>> ListChangesAsync(
        this Session session,
        int limit,
        long? before = null,
        CancellationToken ct = default
    ) =>
        ReadAsync(
            session,
            $"{(before is null ? "" : "where c.number < @before")} order by c.number desc limit @limit",
            new { limit, before },
            ct
        );

    /// <summary>One change.</summary>
    public static async Task<Change?> GetChangeAsync(
        this Session session,
        long number,
        CancellationToken ct = default
    ) =>
        (
            await ReadAsync(session, "where c.number = @number", new { number }, ct).ConfigureAwait(false)
        ).FirstOrDefault();

    /// <summary>Forgets old changes, but never the newest: followers compare it with the one they applied last.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneChangesAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) =>
        session.PruneAsync(
            "changes",
            "at < @before and number < (select head from change_counter where id = 1)",
            before,
            ct
        );

    private static Task<List<Change>> ReadAsync(
        Session session,
        string where,
        object parameters,
        CancellationToken ct
    ) => session.QueryAsync((Row r) => r.ToChange(), $"{Select} {where}", parameters, ct);

    private sealed class Row
    {
        public long Number { get; set; }
        public string Id { get; set; } = "";
        public string Kind { get; set; } = "";
        public string? KeyId { get; set; }
        public byte[]? KeyHash { get; set; }
        public string? AccountId { get; set; }
        public DateTimeOffset At { get; set; }
        public string? PepperId { get; set; }
        public string? KeyPrefix { get; set; }

        public Change ToChange() => new(Number, Id, Kind, KeyId, KeyHash, AccountId, At, PepperId, KeyPrefix);
    }
}
