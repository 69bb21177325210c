using System.Text.Json;

namespace Gateway.Keys.Storage;

/// <summary>What the rules about wallets ask: may it be unlinked, does the account hold one that counts, are challenges
/// being piled up.</summary>
public static class WalletFacts
{
    /// <summary>Whether a key acts for this wallet or signs with it (<see cref="ListKeysOfWalletAsync"/>).</summary>
    /// <param name="session">Where to read; the caller holds the account's lock, so that no key is bound meanwhile.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="walletId">The wallet's id, compared ordinally.</param>
    /// <param name="now">The time.</param>
    /// <param name="ct">Cancels the read.</param>
    public static async Task<bool> IsWalletInUseAsync(
        this Session session,
        string accountId,
        string walletId,
        DateTimeOffset now,
        CancellationToken ct = default
    ) => (await ListKeysOfWalletAsync(session, accountId, walletId, now, ct).ConfigureAwait(false)).Count > 0;

    /// <summary>
    /// The keys that act for this wallet by name, or sign with it. An expired or disabled key counts, because it can be
    /// brought back; a revoked one, or one past its rotation deadline, cannot.
    /// </summary>
    public static async Task<List<KeyRecord>> ListKeysOfWalletAsync(
        this Session session,
        string accountId,
        string walletId,
        DateTimeOffset now,
        CancellationToken ct = default
    )
    {
        var rows = await session
            .QueryAsync<KeyRow>(
                $"""
                select {KeyRow.Columns} from api_keys k
                where k.account_id = @accountId and k.revoked_at is null
                  and (k.rotation_deadline is null or k.rotation_deadline > @now)
                  and (k.signing_wallet_id is not null or k.wallet_scope = 'selected')
                order by k.id desc
                """,
                new { accountId, now },
                ct
            )
            .ConfigureAwait(false);
        return [.. rows.Where(row => Names(row, walletId)).Select(row => row.ToRecord())];
    }

    /// <summary>Whether the account holds an external wallet that its owner has proven by a signature and no account has
    /// registered as custodial or embedded.</summary>
    public static async Task<bool> HasExternalWalletAsync(
        this Session session,
        string accountId,
        CancellationToken ct = default
    ) =>
        await session
            .ValueAsync<int>(
                """
                select count(*) from wallets w
                where w.account_id = @accountId and w.kind = 'external' and w.proven_at is not null
                  and not exists (select 1 from wallets o where o.id = w.id and o.kind <> 'external')
                """,
                new { accountId },
                ct
            )
            .ConfigureAwait(false) > 0;

    /// <summary>How many challenges of the account can still be answered.</summary>
    public static Task<int> CountChallengesAsync(
        this Session session,
        string accountId,
        DateTimeOffset now,
        CancellationToken ct = default
    ) =>
        session.ValueAsync<int>(
            "select count(*) from wallet_challenges where account_id = @accountId and expires_at > @now",
            new { accountId, now },
            ct
        );

    private static bool Names(KeyRow key, string walletId) =>
        string.Equals(key.SigningWalletId, walletId, StringComparison.Ordinal)
        || JsonSerializer
            .Deserialize<WalletBinding[]>(key.WalletBindings)!
            .Any(b => string.Equals(b.WalletId, walletId, StringComparison.Ordinal));
}
