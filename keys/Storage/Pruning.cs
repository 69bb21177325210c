namespace Gateway.Keys.Storage;

/// <summary>Forgetting what is old, a bounded number of rows at a time: on SQLite a delete holds the one write lock.</summary>
internal static class Pruning
{
    /// <summary>Deletes at most <see cref="Dialect.RowsPerTransaction"/> rows.</summary>
    /// <param name="session">Where to write.</param>
    /// <param name="table">The table.</param>
    /// <param name="condition">Which rows, in SQL; may use <c>@before</c>.</param>
    /// <param name="before">The oldest instant to keep; null when the condition does not ask.</param>
    /// <param name="ct">Cancels the statement.</param>
    /// <returns>How many rows went; the caller asks again, in a new transaction, until it is 0.</returns>
    public static Task<int> PruneAsync(
        this Session session,
        string table,
        string condition,
        DateTimeOffset? before,
        CancellationToken ct
    )
    {
        var rowId = session.Dialect.RowId;
        return session.ExecuteAsync(
            $"delete from {table} where {rowId} in (select {rowId} from {table} where {condition} limit @limit)",
            new { before, limit = session.Dialect.RowsPerTransaction },
            ct
        );
    }
}
