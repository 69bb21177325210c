using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>The rules that hold for a key whoever makes or changes it, checked against the store under the account's
/// lock.</summary>
public static class KeyRules
{
    /// <summary>What is wrong with a record that is about to be written: roles, environment, wallets, expiry.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="admin">What operations work with.</param>
    /// <param name="key">The record.</param>
    /// <param name="checkExpiry">Whether its expiry was stated now; one that was stated before may have passed.</param>
    public static async Task<List<FieldError>> CheckAsync(
        Session session,
        AdminServices admin,
        KeyRecord key,
        bool checkExpiry
    )
    {
        var errors = new List<FieldError>();
        if (key.Role is { } role && !admin.Settings.Roles.TryGet(role, out _))
            errors.Add(new("role", "UNKNOWN_ROLE", "Must be one of: " + string.Join(", ", admin.Settings.Roles.Names)));
        if (checkExpiry && key.ExpiresAt <= admin.Clock.Now())
            errors.Add(new("expiresAt", "IN_THE_PAST", "Must be in the future, or null for never."));
        await CheckWalletsAsync(session, key, errors);
        return errors;
    }

    /// <summary>How many active keys an account may have.</summary>
    public static int LimitOf(AdminServices admin, Account account) =>
        account.MaxActiveKeys ?? admin.Settings.Keys.MaxActivePerAccount;

    /// <summary>Whether the account may have this many more active keys than it has; the caller holds its lock.</summary>
    public static async Task<bool> HasRoomAsync(Session session, AdminServices admin, Account account, int more) =>
        await session.CountActiveKeysAsync(account.Id, admin.Clock.Now()) + more <= LimitOf(admin, account);

    private static async Task CheckWalletsAsync(Session session, KeyRecord key, List<FieldError> errors)
    {
        if (key.WalletScope == WalletScope.Selected && key.WalletBindings.Count == 0)
            errors.Add(new("walletBindings", "REQUIRED", "A key for selected wallets must name at least one."));
        if (key.WalletScope == WalletScope.All && key.WalletBindings.Count > 0)
            errors.Add(new("walletBindings", "NOT_SELECTED", "Only with walletScope 'selected'."));
        if (key.WalletBindings.Count == 0 && key.SigningWalletId is null)
            return;
        var wallets = (await session.ListWalletsAsync(key.AccountId))
            .Select(w => w.Id)
            .ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < key.WalletBindings.Count; i++)
        {
            if (!wallets.Contains(key.WalletBindings[i].WalletId))
                errors.Add(new($"walletBindings[{i}].walletId", "UNKNOWN_WALLET", "Must be a wallet of the account."));
        }
        if (key.SigningWalletId is { } signing && !wallets.Contains(signing))
            errors.Add(new("signingWalletId", "UNKNOWN_WALLET", "Must be a wallet of the account."));
    }
}
