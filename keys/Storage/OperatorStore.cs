using System.Data.Common;

namespace Gateway.Keys.Storage;

/// <summary>A named operator.</summary>
/// <param name="Id"><c>op_</c> and a sortable id.</param>
/// <param name="Name">Unique.</param>
/// <param name="TokenHash">SHA-256 of the token that was shown once.</param>
/// <param name="CreatedAt">When made.</param>
public sealed record OperatorRecord(string Id, string Name, byte[] TokenHash, DateTimeOffset CreatedAt);

/// <summary>Operators in the store.</summary>
public static class OperatorStore
{
    private const string Columns = "id, name, token_hash, created_at";

    /// <summary>Stores a new operator.</summary>
    /// <exception cref="DbException">Unique violation when the name is taken.</exception>
    public static Task InsertOperatorAsync(
        this Session session,
        OperatorRecord record,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"insert into operators ({Columns}) values (@Id, @Name, @TokenHash, @CreatedAt)",
            record,
            ct
        );

    /// <summary>An operator by id; null when there is none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">Its id.</param>
    /// <param name="hold">How to lock it until commit: <see cref="Dialect.ForShare"/> so that nobody removes it,
    /// <see cref="Dialect.ForUpdate"/> to remove it; not at all when empty.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<OperatorRecord?> GetOperatorAsync(
        this Session session,
        string id,
        string hold = "",
        CancellationToken ct = default
    )
    {
        return (
            await ReadAsync(session, "where id = @id" + hold, new { id }, ct).ConfigureAwait(false)
        ).FirstOrDefault();
    }

    /// <summary>Whose token has this hash; the caller compares the hash once more in fixed time.</summary>
    public static async Task<OperatorRecord?> FindOperatorByTokenHashAsync(
        this Session session,
        byte[] hash,
        CancellationToken ct = default
    ) =>
        (await ReadAsync(session, "where token_hash = @hash", new { hash }, ct).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Every operator, oldest first.</summary>
    public static Task<List<OperatorRecord>> ListOperatorsAsync(this Session session, CancellationToken ct = default) =>
        ReadAsync(session, "order by id", null, ct);

    /// <summary>Removes an operator.</summary>
    /// <returns>Whether there was one.</returns>
    public static async Task<bool> DeleteOperatorAsync(
        this Session session,
        string id,
        CancellationToken ct = default
    ) => await session.ExecuteAsync("delete from operators where id = @id", new { id }, ct).ConfigureAwait(false) == 1;

    private static Task<List<OperatorRecord>> ReadAsync(
        Session session,
        string rest,
        object? parameters,
        CancellationToken ct
    ) =>
        session.QueryAsync(
            (Row r) => new OperatorRecord(r.Id, r.Name, r.TokenHash, r.CreatedAt),
            $"select {Columns} from operators {rest}",
            parameters,
            ct
        );

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public string Name { get; set; } = "";
        public byte[] TokenHash { get; set; } = [];
        public DateTimeOffset CreatedAt { get; set; }
    }
}
