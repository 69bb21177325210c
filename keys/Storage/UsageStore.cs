namespace Gateway.Keys.Storage;

/// <summary>A key was used: when last, and how often since it was last written.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="At">The most recent authenticated request.</param>
/// <param name="Allowed">Requests that were allowed in the hour of the batch; 0 where they are among its counts.</param>
public readonly record struct LastUse(string KeyId, DateTimeOffset At, long Allowed = 0);

/// <summary>Requests of one key in one hour that ended alike.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Hour">The hour's beginning, UTC.</param>
/// <param name="Outcome"><see cref="UsageStore.Allowed"/> or the code of a refusal.</param>
/// <param name="Requests">How many.</param>
public readonly record struct UsageCount(string KeyId, DateTimeOffset Hour, string Outcome, long Requests);

/// <summary>
/// What a gateway gathered since its last flush. A batch whose commit is unknown is written again as it is, with the
/// same id, contents and order: what of it was stored is not counted twice.
/// </summary>
/// <param name="Id">Random.</param>
/// <param name="LastUsed">Last uses; a key may appear more than once.</param>
/// <param name="Counts">Counts, added to what is stored.</param>
public sealed record UsageBatch(string Id, IReadOnlyList<LastUse> LastUsed, IReadOnlyList<UsageCount> Counts)
{
    /// <summary>The beginning of the hour (UTC) that what its last uses say was allowed counts for.</summary>
    public DateTimeOffset Hour { get; init; }

    /// <summary>Rows it is stored as, at most.</summary>
    public int Rows => LastUsed.Count + LastUsed.Count(u => u.Allowed > 0) + Counts.Count;
}

/// <summary>
/// Last uses and hourly counts. They live in tables of their own, so that a flush never locks a key. Rows are written in
/// the order of their keys: two gateways that flush at once then wait for each other instead of deadlocking.
/// </summary>
public static class UsageStore
{
    /// <summary>Outcome of requests that were allowed.</summary>
    public const string Allowed = "allowed";

    internal const string AddToCount =
        "on conflict (key_id, hour, outcome) do update set requests = usage_hourly.requests + excluded.requests";

    internal const string KeepLater =
        "on conflict (key_id) do update set at = excluded.at where excluded.at > last_used.at";

    // A part must be stored well within the time a statement is given, by a slow store too; and what is sent at once is no
    // large object, which the garbage collector of a busy gateway would have to go after.
    private const int MostPerPart = 5_000;

    /// <summary>Keys whose uses are written in one transaction; each is a row of two tables.</summary>
    internal static int PerPart(Dialect dialect) => Math.Min(MostPerPart, dialect.RowsPerTransaction / 2);

    /// <summary>Writes a batch in parts, each a transaction of its own that is stored once however often it is
    /// tried.</summary>
    /// <param name="database">The store.</param>
    /// <param name="batch">What is written.</param>
    /// <param name="stored">Told of each part that is in the store.</param>
    /// <param name="ct">Cancels what is not written yet.</param>
    public static async Task WriteUsageAsync(
        this Database database,
        UsageBatch batch,
        Action? stored = null,
        CancellationToken ct = default
    )
    {
        var (part, most) = (0, PerPart(database.Dialect));
        var uses = new UsesWriter(database, batch, most);
        for (var from = 0; from < batch.LastUsed.Count; from += most)
        {
            await uses.WriteAsync($"{batch.Id}.{part++}", from, ct).ConfigureAwait(false);
            stored?.Invoke();
        }
        for (var from = 0; from < batch.Counts.Count; from += most)
        {
            var counts = Rows(batch.Counts, from, most);
            await WritePartAsync(database, $"{batch.Id}.{part++}", s => WriteCountsAsync(s, counts, ct), ct)
                .ConfigureAwait(false);
            stored?.Invoke();
        }
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

    // The number of the part first: where it is there already, so is the rest.
    internal static Task WritePartAsync(
        Database database,
        string id,
        Func<Session, Task> write,
        CancellationToken ct
    ) =>
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

    private static Task WriteCountsAsync(Session session, string rows, CancellationToken ct) =>
        session.ExecuteAsync(
            $"""
            insert into usage_hourly (key_id, hour, outcome, requests)
            select r.key_id, {session.Dialect.FromMilliseconds("r.hour")}, r.outcome, cast(sum(r.requests) as bigint)
            from {session.Dialect.Rows(
                "rows", ("key_id", "text"), ("hour", "bigint"), ("outcome", "text"), ("requests", "bigint"))}
            where true group by r.key_id, r.hour, r.outcome order by r.key_id, r.hour, r.outcome
            {AddToCount}
            """,
            new { rows },
            ct
        );

    private static string Rows(IReadOnlyList<UsageCount> counts, int from, int most) =>
        JsonRows.Write(
            counts,
            from,
            most,
            (json, c) => json.Add(c.KeyId).Add(c.Hour.ToUnixTimeMilliseconds()).Add(c.Outcome).Add(c.Requests)
        );

    private sealed class Row
    {
        public string KeyId { get; set; } = "";
        public DateTimeOffset Hour { get; set; }
        public string Outcome { get; set; } = "";
        public long Requests { get; set; }
    }
}
