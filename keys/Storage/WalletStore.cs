using System.Data.Common;

namespace Gateway.Keys.Storage;

/// <summary>A message that an account must have signed by the wallet it wants to link; good once.</summary>
/// <param name="Nonce">Random; also stands in the message.</param>
/// <param name="AccountId">Who asked for it.</param>
/// <param name="Address">The wallet it is for.</param>
/// <param name="Message">The text to sign, byte for byte.</param>
/// <param name="ExpiresAt">Refused from this instant on.</param>
public sealed record WalletChallenge(
    string Nonce,
    string AccountId,
    string Address,
    string Message,
    DateTimeOffset ExpiresAt
);

/// <summary>Wallets of accounts, and the challenges by which they are proven.</summary>
public static class WalletStore
{
    private const string Columns = "account_id, id, kind, label, created_at, proven_at";
    private const string ChallengeColumns = "nonce, account_id, address, message, expires_at";

    /// <summary>Links a wallet.</summary>
    /// <exception cref="DbException">Unique violation when the account has a wallet of this id, or the wallet is external
    /// and linked to another account.</exception>
    public static Task InsertWalletAsync(this Session session, Wallet wallet, CancellationToken ct = default) =>
        session.ExecuteAsync(
            $"insert into wallets ({Columns}) values (@AccountId, @Id, @kind, @Label, @CreatedAt, @ProvenAt)",
            new
            {
                wallet.AccountId,
                wallet.Id,
                kind = Name(wallet.Kind),
                wallet.Label,
                wallet.CreatedAt,
                wallet.ProvenAt,
            },
            ct
        );

    /// <summary>A wallet of an account; null when it has none of this id.</summary>
    public static async Task<Wallet?> GetWalletAsync(
        this Session session,
        string accountId,
        string id,
        CancellationToken ct = default
    ) =>
        (
            await ReadAsync(session, "account_id = @accountId and id = @id", new { accountId, id }, ct)
                .ConfigureAwait(false)
        ).FirstOrDefault();

    /// <summary>An account's wallets, oldest first.</summary>
    public static Task<List<Wallet>> ListWalletsAsync(
        this Session session,
        string accountId,
        CancellationToken ct = default
    ) => ReadAsync(session, "account_id = @accountId", new { accountId }, ct);

    /// <summary>Wallets of this id in any account: an address that one account holds is not another's to link.</summary>
    public static Task<List<Wallet>> FindWalletsByIdAsync(
        this Session session,
        string id,
        CancellationToken ct = default
    ) => ReadAsync(session, "id = @id", new { id }, ct);

    /// <summary>Unlinks a wallet.</summary>
    /// <returns>Whether it was there.</returns>
    public static async Task<bool> DeleteWalletAsync(
        this Session session,
        string accountId,
        string id,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync("delete from wallets where account_id = @accountId and id = @id", new { accountId, id }, ct)
            .ConfigureAwait(false) == 1;

    /// <summary>Stores a challenge.</summary>
    public static Task InsertChallengeAsync(
        this Session session,
        WalletChallenge challenge,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"""
            insert into wallet_challenges ({ChallengeColumns})
            values (@Nonce, @AccountId, @Address, @Message, @ExpiresAt)
            """,
            challenge,
            ct
        );

    /// <summary>Takes a challenge out of the store: of two who try, one gets it and the other null.</summary>
    public static async Task<WalletChallenge?> TakeChallengeAsync(
        this Session session,
        string nonce,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<ChallengeRow>(
                $"delete from wallet_challenges where nonce = @nonce returning {ChallengeColumns}",
                new { nonce },
                ct
            )
            .ConfigureAwait(false);
        return row is null
            ? null
            : new WalletChallenge(row.Nonce, row.AccountId, row.Address, row.Message, row.ExpiresAt);
    }

    /// <summary>Forgets challenges nobody answered in time.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneChallengesAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) => session.PruneAsync("wallet_challenges", "expires_at < @before", before, ct);

    private static Task<List<Wallet>> ReadAsync(
        Session session,
        string where,
        object parameters,
        CancellationToken ct
    ) =>
        session.QueryAsync(
            (Row r) => new Wallet(r.AccountId, r.Id, Kind(r.Kind), r.Label, r.CreatedAt, r.ProvenAt),
            $"select {Columns} from wallets where {where} order by created_at, account_id, id",
            parameters,
            ct
        );

    private static string Name(WalletKind kind) => kind.ToString().ToLowerInvariant();

    private static WalletKind Kind(string name) => Enum.Parse<WalletKind>(name, ignoreCase: true);

    private sealed class Row
    {
        public string AccountId { get; set; } = "";
        public string Id { get; set; } = "";
        public string Kind { get; set; } = "";
        public string? Label { get; set; }
        public DateTimeOffset CreatedAt { get; set; }
        public DateTimeOffset? ProvenAt { get; set; }
    }

    private sealed class ChallengeRow
    {
        public string Nonce { get; set; } = "";
        public string AccountId { get; set; } = "";
        public string Address { get; set; } = "";
        public string Message { get; set; } = "";
        public DateTimeOffset ExpiresAt { get; set; }
    }
}
