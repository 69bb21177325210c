namespace Gateway.Keys.Storage;

/// <summary>
/// Writes the last uses of a batch, part by part. At a hundred thousand keys between two flushes this is what recording
/// costs, and what the store does for it takes more than what is done here, on a machine that may be the same. So Postgres
/// gets each part as arrays, in one statement that sorts them once and is a transaction by itself. SQLite has neither.
/// </summary>
/// <param name="database">The store.</param>
/// <param name="batch">What is written.</param>
/// <param name="most">Keys of a part, at most.</param>
internal sealed class UsesWriter(Database database, UsageBatch batch, int most)
{
    // Of one part after another.
    private string[] _keys = [];
    private long[] _at = [];
    private long[] _allowed = [];

    /// <summary>Statements of a part.</summary>
    public static int StatementsPerPart(Dialect dialect) => dialect == Dialect.Postgres ? 1 : 3;

    /// <summary>Writes one part, unless it is in the store.</summary>
    /// <param name="id">Of the part.</param>
    /// <param name="from">The first use of it.</param>
    /// <param name="ct">Cancels the write.</param>
    public Task WriteAsync(string id, int from, CancellationToken ct) =>
        database.Dialect == Dialect.Postgres
            ? WriteArraysAsync(id, from, ct)
            : UsageStore.WritePartAsync(database, id, s => WriteRowsAsync(s, Rows(from), ct), ct);

    // The order of keys is one that is quick to compare and the same for every database. The tables are locked in the
    // order of the statements below: what comes after "with" and is not asked for is done last.
    private Task WriteArraysAsync(string id, int from, CancellationToken ct)
    {
        Fill(from);
        var (keys, at, allowed, hour) = (_keys, _at, _allowed, batch.Hour);
        return database.WriteAtOnceAsync(
            s =>
                s.ExecuteAsync(
                    $"""
                    with part as (
                        insert into usage_batches (id, at) values (@id, {s.Dialect.Now})
                        on conflict do nothing returning 1
                    ), uses as (
                        select u.key_id collate "C" as key_id, max(u.at) as at, cast(sum(u.n) as bigint) as n
                        from unnest(@keys, @at, @allowed) as u (key_id, at, n)
                        where exists (select 1 from part) group by 1 order by 1
                    ), counts as (
                        insert into usage_hourly (key_id, hour, outcome, requests)
                        select key_id, @hour, '{UsageStore.Allowed}', n from uses where n > 0
                        {UsageStore.AddToCount}
                    )
                    insert into last_used (key_id, at) select key_id, {s.Dialect.FromMilliseconds("at")} from uses
                    {UsageStore.KeepLater}
                    """,
                    new
                    {
                        id,
                        keys,
                        at,
                        allowed,
                        hour,
                    },
                    ct
                ),
            ct
        );
    }

    private void Fill(int from)
    {
        var count = Math.Min(most, batch.LastUsed.Count - from);
        if (count != _keys.Length)
            (_keys, _at, _allowed) = (new string[count], new long[count], new long[count]);
        for (var i = 0; i < count; i++)
        {
            var use = batch.LastUsed[from + i];
            (_keys[i], _at[i], _allowed[i]) = (use.KeyId, use.At.ToUnixTimeMilliseconds(), use.Allowed);
        }
    }

    private async Task WriteRowsAsync(Session session, string rows, CancellationToken ct)
    {
        var source = session.Dialect.Rows("rows", ("key_id", "text"), ("at", "bigint"), ("n", "bigint"));
        await session
            .ExecuteAsync(
                $"""
                insert into last_used (key_id, at)
                select r.key_id, max(r.at) from {source} where true group by r.key_id order by r.key_id
                {UsageStore.KeepLater}
                """,
                new { rows },
                ct
            )
            .ConfigureAwait(false);
        await session
            .ExecuteAsync(
                $"""
                insert into usage_hourly (key_id, hour, outcome, requests)
                select r.key_id, @hour, '{UsageStore.Allowed}', cast(sum(r.n) as bigint)
                from {source} where r.n > 0 group by r.key_id order by r.key_id
                {UsageStore.AddToCount}
                """,
                new { rows, hour = batch.Hour },
                ct
            )
            .ConfigureAwait(false);
    }

    private string Rows(int from) =>
        JsonRows.Write(
            batch.LastUsed,
            from,
            most,
            (json, u) => json.Add(u.KeyId).Add(u.At.ToUnixTimeMilliseconds()).Add(u.Allowed)
        );
}
