using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>The rules of linking: an address belongs to one account, and one whose key the product holds is not
/// external.</summary>
public static class WalletRules
{
    // A bound on what is listed in one page and read for every key that is made.
    private const int MaxWallets = 100;

    /// <summary>A key that is bound to some wallets alone may not give the account another, or take one away.</summary>
    public static Problem? RefuseActor(Actor actor) =>
        actor.Reach.Wallets is null
            ? null
            : Problems.ExceedsActor([
                new FieldError(
                    "",
                    "EXCEEDS_ACTOR",
                    "You act for selected wallets, not for the account's wallets as such."
                ),
            ]);

    /// <summary>Why a wallet cannot become one of the account; null when it can. The caller holds the account's
    /// lock.</summary>
    public static async Task<Problem?> RefuseAsync(Session session, Wallet wallet)
    {
        var known = await session.FindWalletsByIdAsync(wallet.Id);
        if (known.Exists(w => IsOf(wallet.AccountId, w)))
            return AccountProblems.WalletExists();
        if (wallet.Kind == WalletKind.External && known.Exists(w => w.Kind != WalletKind.External))
            return AccountProblems.WalletNotExternal();
        // Only addresses are unique: two accounts may each call a wallet of theirs 'treasury'. An operator may register
        // as custodial what somebody linked as external: it then stops to count there.
        if (WalletFields.IsAddress(wallet.Id) && known.Exists(w => w.Kind == wallet.Kind))
            return AccountProblems.WalletTaken();
        var held = await session.ListWalletsAsync(wallet.AccountId);
        return held.Count < MaxWallets ? null : AccountProblems.WalletLimitReached(MaxWallets);
    }

    private static bool IsOf(string accountId, Wallet wallet) =>
        string.Equals(wallet.AccountId, accountId, StringComparison.Ordinal);
}
