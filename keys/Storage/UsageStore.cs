namespace Gateway.Keys.Storage;

/// <summary>When a key was last used.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="At">The most recent authenticated request.</param>
public sealed record LastUse(string KeyId, DateTimeOffset At);

/// <summary>Requests of one key in one hour that ended alike.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Hour">The hour's beginning, UTC.</param>
/// <param name="Outcome"><c>allowed</c> or the code of a refusal.</param>
/// <param name="Requests">How many.</param>
public sealed record UsageCount(string KeyId, DateTimeOffset Hour, string Outcome, long Requests);

/// <summary>
/// What a gateway gathered since its last flush. A batch whose commit is unknown is written again as it is, with the
/// same id, contents and order: what of it was stored is not counted twice.
/// </summary>
/// <param name="Id">Random.</param>
/// <param name="LastUsed">Last uses; a key may appear more than once.</param>
/// <param name="Counts">Counts, added to what is stored.</param>
public sealed record UsageBatch(string Id, IReadOnlyList<LastUse> LastUsed, IReadOnlyList<UsageCount> Counts);

/// <summary>
/// Last uses and hourly counts. They live in tables of their own, so that a flush never locks a key. Rows are written in
/// the order of their keys: two gateways that flush at once then wait for each other instead of deadlocking.
/// </summary>
public static class UsageStore
{
    /// <summary>Writes a batch: one statement per kind, in transactions of at most
    /// <see cref="Dialect.RowsPerTransaction"/> rows, each of which is stored once however often it is tried.</summary>
    public static async Task WriteUsageAsync(this Database database, UsageBatch batch, CancellationToken ct = default)
    {
        var size = database.Dialect.RowsPerTransaction;
        var part = 0;
        foreach (var uses in batch.LastUsed.Chunk(size))
            await WritePartAsync(database, $"{batch.Id}.{part++}", s => WriteLastUsedAsync(s, uses, ct), ct)
                .ConfigureAwait(false);
        foreach (var counts in batch.Counts.Chunk(size))
            await WritePartAsync(database, $"{batch.Id}.{part++}", s => WriteCountsAsync(s, counts, ct), ct)
                .ConfigureAwait(false);
    }

    /// <summary>A key's hourly counts from an instant on, oldest first.</summary>
    public static Task<List<UsageCount>> GetUsageAsync(
        this Session session,
        string keyId,
        DateTimeOffset from,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => new UsageCount(r.KeyId, r.Hour, r.Outcome, r.Requests),
            """
            select key_id, hour, outcome, requests from usage_hourly
            where key_id = @keyId and hour >= @from order by hour, outcome
            """,
            new { keyId, from },
            ct
        );

    /// <summary>Forgets old hours.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneUsageAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) => session.PruneAsync("usage_hourly", "hour < @before", before, ct);

    /// <summary>Forgets which batches were stored; keep them for longer than any gateway retries one.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneUsageBatchesAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) => session.PruneAsync("usage_batches", "at < @before", before, ct);

    private static Task WritePartAsync(Database database, string id, Func<Session, Task> write, CancellationToken ct) =>
        database.WriteAsync(
            async session =>
            {
                var first = await session
                    .ExecuteAsync(
                        $"""
                        insert into usage_batches (id, at) values (@id, {session.Dialect.Now})
                        on conflict do nothing
                        """,
                        new { id },
                        ct
                    )
                    .ConfigureAwait(false);
                if (first == 1)
                    await write(session).ConfigureAwait(false);
            },
            ct
        );

    private static Task WriteLastUsedAsync(Session session, LastUse[] uses, CancellationToken ct) =>
        session.ExecuteAsync(
            $"""
            insert into last_used (key_id, at)
            select r.key_id, {session.Dialect.FromMilliseconds("max(r.at)")}
            from {session.Dialect.Rows("rows", ("key_id", "text"), ("at", "bigint"))}
            where true group by r.key_id order by r.key_id
            on conflict (key_id) do update set at = excluded.at where excluded.at > last_used.at
            """,
            new { rows = JsonRows.Write(uses, (json, u) => json.Add(u.KeyId).Add(u.At.ToUnixTimeMilliseconds())) },
            ct
        );

    private static Task WriteCountsAsync(Session session, UsageCount[] counts, CancellationToken ct) =>
        session.ExecuteAsync(
            $"""
            insert into usage_hourly (key_id, hour, outcome, requests)
            select r.key_id, {session.Dialect.FromMilliseconds("r.hour")}, r.outcome, cast(sum(r.requests) as bigint)
            from {session.Dialect.Rows(
                "rows", ("key_id", "text"), ("hour", "bigint"), ("outcome", "text"), ("requests", "bigint"))}
            where true group by r.key_id, r.hour, r.outcome order by r.key_id, r.hour, r.outcome
            on conflict (key_id, hour, outcome) do update set requests = usage_hourly.requests + excluded.requests
            """,
            new
            {
                rows = JsonRows.Write(
                    counts,
                    (json, c) => json.Add(c.KeyId).Add(c.Hour.ToUnixTimeMilliseconds()).Add(c.Outcome).Add(c.Requests)
                ),
            },
            ct
        );

    private sealed class Row
    {
        public string KeyId { get; set; } = "";
        public DateTimeOffset Hour { get; set; }
        public string Outcome { get; set; } = "";
        public long Requests { get; set; }
    }
}
