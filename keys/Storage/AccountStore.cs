using System.Data.Common;

namespace Gateway.Keys.Storage;

/// <summary>Accounts in the store.</summary>
public static class AccountStore
{
    private const string Columns =
        "id, name, api_keys_enabled, suspended_at, max_active_keys, version, created_at, updated_at";

    /// <summary>Stores a new account.</summary>
    /// <exception cref="DbException">Unique violation when the id is taken.</exception>
    public static Task InsertAccountAsync(this Session session, Account account, CancellationToken ct = default) =>
        session.ExecuteAsync(
            $"""
            insert into accounts ({Columns})
            values (@Id, @Name, @ApiKeysEnabled, @SuspendedAt, @MaxActiveKeys, @Version, @CreatedAt, @UpdatedAt)
            """,
            account,
            ct
        );

    /// <summary>An account by id; null when there is none.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="id">The account's id.</param>
    /// <param name="forUpdate">Lock it until commit: what serialises everything that counts the account's keys.</param>
    /// <param name="ct">Cancels the read.</param>
    public static async Task<Account?> GetAccountAsync(
        this Session session,
        string id,
        bool forUpdate = false,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<Row>(
                $"select {Columns} from accounts where id = @id{(forUpdate ? session.Dialect.ForUpdate : "")}",
                new { id },
                ct
            )
            .ConfigureAwait(false);
        return row?.ToAccount();
    }

    /// <summary>Accounts, newest first.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="after">Cursor: the id of the last account seen; null for the first page.</param>
    /// <param name="ct">Cancels the read.</param>
    public static Task<List<Account>> ListAccountsAsync(
        this Session session,
        int limit,
        string? after = null,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => r.ToAccount(),
            $"""
            select {Columns} from accounts
            {(after is null ? "" : "where id < @after")}
            order by id desc limit @limit
            """,
            new { limit, after },
            ct
        );

    /// <summary>Writes what of an account can change. The caller holds the row's lock and has raised the version.</summary>
    public static Task UpdateAccountAsync(this Session session, Account account, CancellationToken ct = default) =>
        session.ExecuteAsync(
            """
            update accounts set name = @Name, api_keys_enabled = @ApiKeysEnabled, suspended_at = @SuspendedAt,
              max_active_keys = @MaxActiveKeys, version = @Version, updated_at = @UpdatedAt
            where id = @Id
            """,
            account,
            ct
        );

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public string Name { get; set; } = "";
        public bool ApiKeysEnabled { get; set; }
        public DateTimeOffset? SuspendedAt { get; set; }
        public int? MaxActiveKeys { get; set; }
        public long Version { get; set; }
        public DateTimeOffset CreatedAt { get; set; }
        public DateTimeOffset UpdatedAt { get; set; }

        public Account ToAccount() =>
            new()
            {
                Id = Id,
                Name = Name,
                ApiKeysEnabled = ApiKeysEnabled,
                SuspendedAt = SuspendedAt,
                MaxActiveKeys = MaxActiveKeys,
                Version = Version,
                CreatedAt = CreatedAt,
                UpdatedAt = UpdatedAt,
            };
    }
}
