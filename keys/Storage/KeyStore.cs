using System.Data.Common;

namespace Gateway.Keys.Storage;

/// <summary>A key and the state of its account, read together: what a gateway judges by.</summary>
/// <param name="Key">The key.</param>
/// <param name="AccountSuspended">Whether the account's keys are stopped.</param>
public sealed record KeyFacts(KeyRecord Key, bool AccountSuspended);

/// <summary>What a listing asks for; null filters nothing.</summary>
/// <param name="Status">Only keys of this status now.</param>
/// <param name="Environment">Only keys of this environment.</param>
/// <param name="Prefix">Only keys whose <c>keyPrefix</c> begins so.</param>
/// <param name="Limit">How many, 1 to 100.</param>
/// <param name="After">Cursor: the id of the last key seen.</param>
/// <param name="Current">Only keys that work or could be made to: neither revoked nor expired.</param>
/// <param name="Search">Only keys whose name has this in it, or whose <c>keyPrefix</c> begins so.</param>
public sealed record KeyQuery(
    KeyStatus? Status = null,
    string? Environment = null,
    string? Prefix = null,
    int Limit = 50,
    string? After = null,
    bool Current = false,
    string? Search = null
);

/// <summary>Keys in the store.</summary>
public static class KeyStore
{
    // What a status is, as KeyRecord.StatusAt says it. The first condition of each is the one of its index.
    private static string FilterOf(KeyStatus status) =>
        status switch
        {
            KeyStatus.Revoked => "and k.revoked_at is not null",
            KeyStatus.Disabled => "and k.disabled_at is not null and k.revoked_at is null",
            KeyStatus.Expired => $"and ({MayEnd}) and {IsOn} and (k.expires_at <= @now or k.rotation_deadline <= @now)",
            KeyStatus.Rotating => $"and ({MayEnd}) and {IsOn} and k.rotation_deadline > @now and {HasNotExpired}",
            _ =>
                $"and k.revoked_at is null and k.rotation_deadline is null and k.disabled_at is null and {HasNotExpired}",
        };

    private const string MayEnd = "k.expires_at is not null or k.rotation_deadline is not null";
    private const string IsOn = "k.revoked_at is null and k.disabled_at is null";
    private const string HasNotExpired = "(k.expires_at is null or k.expires_at > @now)";

    private const string CurrentFilter =
        $"and k.revoked_at is null and {HasNotExpired} and (k.rotation_deadline is null or k.rotation_deadline > @now)";

    // Parted rather than matched by LIKE: what was typed has no wildcards in it then.
    private const string SearchFilter = """
         and (replace(lower(k.name), @search, '') <> lower(k.name)
           or substr(lower(k.key_prefix), 1, @searchLength) = @search)
        """;

    /// <summary>The key with one of these hashes (one for each pepper it may have been made under).</summary>
    public static async Task<KeyFacts?> FindKeyByHashAsync(
        this Session session,
        IReadOnlyList<byte[]> hashes,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<KeyRow>(
                $"""
                select {KeyRow.Columns}, a.suspended_at
                from api_keys k join accounts a on a.id = k.account_id
                where k.key_hash {session.Dialect.AnyOf("hashes")}
                """,
                new { hashes = hashes.ToArray() },
                ct
            )
            .ConfigureAwait(false);
        return row is null ? null : new KeyFacts(row.ToRecord(), row.SuspendedAt is not null);
    }

    /// <summary>Keys by id, in any account; those that do not exist are left out.</summary>
    public static async Task<List<KeyFacts>> FindKeysByIdAsync(
        this Session session,
        IReadOnlyCollection<string> ids,
        CancellationToken ct = default
    )
    {
        var rows = await session
            .QueryAsync<KeyRow>(
                $"""
                select {KeyRow.Columns}, a.suspended_at
                from api_keys k join accounts a on a.id = k.account_id
                where k.id {session.Dialect.AnyOf("ids")}
                """,
                new { ids = ids.ToArray() },
                ct
            )
            .ConfigureAwait(false);
        return rows.ConvertAll(r => new KeyFacts(r.ToRecord(), r.SuspendedAt is not null));
    }

    /// <summary>
    /// Whether a key of this display prefix was hashed under a pepper this process does not have. If so, a credential
    /// that was not found may still be good: it cannot be decided here.
    /// </summary>
    public static async Task<bool> HasForeignPepperAsync(
        this Session session,
        string keyPrefix,
        IReadOnlyCollection<string> knownPeppers,
        CancellationToken ct = default
    )
    {
        var peppers = await session
            .QueryAsync<string>(
                "select pepper_id from api_keys where key_prefix = @keyPrefix and pepper_id is not null",
                new { keyPrefix },
                ct
            )
            .ConfigureAwait(false);
        return peppers.Exists(p => !knownPeppers.Contains(p));
    }

    /// <summary>A key by id, in any account.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="id">The key's id.</param>
    /// <param name="forUpdate">Lock it until commit; lock its account first.</param>
    /// <param name="ct">Cancels the read.</param>
    public static async Task<KeyRecord?> GetKeyAsync(
        this Session session,
        string id,
        bool forUpdate = false,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<KeyRow>(
                $"""
                select {KeyRow.Columns}, (select u.at from last_used u where u.key_id = k.id) as last_used_at
                from api_keys k where k.id = @id{(forUpdate ? session.Dialect.ForUpdate : "")}
                """,
                new { id },
                ct
            )
            .ConfigureAwait(false);
        return row?.ToRecord();
    }

    /// <summary>An account's keys, newest first.</summary>
    public static Task<List<KeyRecord>> ListKeysAsync(
        this Session session,
        string accountId,
        KeyQuery query,
        DateTimeOffset now,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (KeyRow r) => r.ToRecord(),
            $"""
            select {KeyRow.Columns}, u.at as last_used_at
            from api_keys k left join last_used u on u.key_id = k.id
            where k.account_id = @accountId
            {(query.After is null ? "" : "and k.id < @after")}
            {(query.Environment is null ? "" : "and k.environment = @environment")}
            {(query.Prefix is null ? "" : "and substr(k.key_prefix, 1, @prefixLength) = @prefix")}
            {(query.Status is { } status ? FilterOf(status) : "")}
            {(query.Current ? CurrentFilter : "")}
            {(query.Search is null ? "" : SearchFilter)}
            order by k.id desc limit @limit
            """,
            new
            {
                accountId,
                after = query.After,
                environment = query.Environment,
                prefix = query.Prefix,
                prefixLength = query.Prefix?.Length ?? 0,
                now,
                search = query.Search?.ToLowerInvariant(),
                searchLength = query.Search?.Length ?? 0,
                limit = query.Limit,
            },
            ct
        );

    /// <summary>How many keys count against the account's limit: active and disabled ones; not those in their grace
    /// period, expired or revoked.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="now">When.</param>
    /// <param name="atMost">No further is counted: what lies past a limit does not matter, but takes time.</param>
    /// <param name="ct">Cancels the read.</param>
    public static Task<int> CountActiveKeysAsync(
        this Session session,
        string accountId,
        DateTimeOffset now,
        int atMost = int.MaxValue,
        CancellationToken ct = default
    ) =>
        session.ValueAsync<int>(
            """
            select count(*) from (
              select 1 from api_keys
              where account_id = @accountId and revoked_at is null and rotation_deadline is null
                and (expires_at is null or expires_at > @now)
              limit @atMost) counted
            """,
            new
            {
                accountId,
                now,
                atMost,
            },
            ct
        );

    /// <summary>Stores a new key.</summary>
    /// <exception cref="DbException">Unique violation when id or hash is taken.</exception>
    public static Task InsertKeyAsync(this Session session, KeyRecord key, CancellationToken ct = default) =>
        session.ExecuteAsync(
            """
            insert into api_keys (id, account_id, name, description, key_prefix, key_hash, pepper_id, environment, role,
              permissions, wallet_scope, wallet_bindings, signing_wallet_id, allowed_ips, rate_requests,
              rate_window_seconds, expires_at, line_id, rotated_from, rotated_to, rotation_deadline, disabled_at,
              revoked_at, revoked_by, revoked_change, created_by, created_at, updated_at, version)
            values (@Id, @AccountId, @Name, @Description, @KeyPrefix, @KeyHash, @PepperId, @Environment, @Role,
              @Permissions, @WalletScope, @WalletBindings, @SigningWalletId, @AllowedIps, @RateRequests,
              @RateWindowSeconds, @ExpiresAt, @LineId, @RotatedFrom, @RotatedTo, @RotationDeadline, @DisabledAt,
              @RevokedAt, @RevokedBy, @RevokedChange, @CreatedBy, @CreatedAt, @UpdatedAt, @Version)
            """,
            KeyRow.From(key),
            ct
        );

    /// <summary>Writes what of a key can change. The caller holds the row's lock and has raised the version.</summary>
    public static Task UpdateKeyAsync(this Session session, KeyRecord key, CancellationToken ct = default) =>
        session.ExecuteAsync(
            """
            update api_keys set name = @Name, description = @Description, permissions = @Permissions,
              wallet_scope = @WalletScope, wallet_bindings = @WalletBindings, signing_wallet_id = @SigningWalletId,
              allowed_ips = @AllowedIps, rate_requests = @RateRequests, rate_window_seconds = @RateWindowSeconds,
              expires_at = @ExpiresAt, rotated_to = @RotatedTo, rotation_deadline = @RotationDeadline,
              disabled_at = @DisabledAt, revoked_at = @RevokedAt, revoked_by = @RevokedBy,
              revoked_change = @RevokedChange, updated_at = @UpdatedAt, version = @Version
            where id = @Id
            """,
            KeyRow.From(key),
            ct
        );
}
