using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>The rules that hold for a key whoever makes or changes it, checked against the store under the account's
/// lock.</summary>
public static class KeyRules
{
    private const int MaxLiveInLine = 2;

    /// <summary>What is wrong with a record that is about to be written: role, expiry, wallets.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="admin">What operations work with.</param>
    /// <param name="key">The record.</param>
    /// <param name="scope">The fields to look at.</param>
    public static async Task<List<FieldError>> CheckAsync(
        Session session,
        AdminServices admin,
        KeyRecord key,
        RuleScope scope
    )
    {
        var errors = new List<FieldError>();
        var roles = admin.Settings.Roles;
        if (scope.Asks("role") && key.Role is { } role && !roles.TryGet(role, out _))
            errors.Add(new("role", "UNKNOWN_ROLE", "Must be one of: " + string.Join(", ", roles.Names)));
        if (scope.Asks("expiresAt") && key.ExpiresAt <= admin.Clock.Now())
            errors.Add(new("expiresAt", "IN_THE_PAST", "Must be in the future."));
        if (scope.Asks("walletScope", "walletBindings"))
            CheckScope(key, errors);
        await CheckWalletsAsync(session, key, scope, errors);
        if (scope.Asks("role", "permissions", "walletScope", "walletBindings"))
            CheckBindings(admin, key, errors);
        return errors;
    }

    /// <summary>Whether a key counts against the limit: active and disabled ones; not those in their grace period,
    /// expired or revoked.</summary>
    public static bool Counts(KeyRecord key, DateTimeOffset now) =>
        key.RevokedAt is null && key.RotationDeadline is null && !(key.ExpiresAt <= now);

    /// <summary>Whether the key's secret works, or would once the key is switched on again.</summary>
    public static bool IsLive(KeyRecord key, DateTimeOffset now) =>
        key.RevokedAt is null && !(key.ExpiresAt <= now) && !(key.RotationDeadline <= now);

    /// <summary>Whether the key's rotation line has as many live secrets as it may without the key's own; the caller
    /// holds the account's lock.</summary>
    public static async Task<bool> LineIsFullAsync(Session session, KeyRecord key, DateTimeOffset now) =>
        (await session.ListLineAsync(key.LineId)).Count(k => k.Id != key.Id && IsLive(k, now)) >= MaxLiveInLine;

    /// <summary>Refuses when the account may not have this many more active keys than it has; the caller holds its
    /// lock.</summary>
    public static async Task<Problem?> RefuseMoreAsync(Session session, AdminServices admin, Account account, int more)
    {
        var limit = account.MaxActiveKeys ?? admin.Settings.Keys.MaxActivePerAccount;
        // One past the limit, so that an account whose limit was lowered is seen to be over it.
        var active = await session.CountActiveKeysAsync(account.Id, admin.Clock.Now(), atMost: limit + 1);
        return active + more <= limit ? null : Problems.KeyLimitReached(limit);
    }

    // A binding narrows what the key may do for a wallet. One that says more would promise what the key does not hold,
    // or hand it out the day the key's own permissions are widened.
    private static void CheckBindings(AdminServices admin, KeyRecord key, List<FieldError> errors)
    {
        if (key.Role is { } role && !admin.Settings.Roles.TryGet(role, out _))
            return;
        var held = admin.Settings.Roles.Effective(key, admin.Settings.Keys);
        for (var i = 0; i < key.WalletBindings.Count; i++)
        {
            if (key.WalletBindings[i].Permissions is not { } narrowed)
                continue;
            if (!held.Covers(Grants.Parse(narrowed, false, [], "")))
                errors.Add(
                    new(
                        $"walletBindings[{i}].permissions",
                        "EXCEEDS_KEY",
                        "Must be within what the key itself may do: narrow it too, or leave it out."
                    )
                );
        }
    }

    private static void CheckScope(KeyRecord key, List<FieldError> errors)
    {
        if (key.WalletScope == WalletScope.Selected && key.WalletBindings.Count == 0)
            errors.Add(new("walletBindings", "REQUIRED", "A key for selected wallets must name at least one."));
        if (key.WalletScope == WalletScope.All && key.WalletBindings.Count > 0)
            errors.Add(new("walletBindings", "NOT_SELECTED", "Only with walletScope 'selected'."));
    }

    private static async Task CheckWalletsAsync(
        Session session,
        KeyRecord key,
        RuleScope scope,
        List<FieldError> errors
    )
    {
        var bindings = scope.Asks("walletBindings") ? key.WalletBindings : [];
        var signing = scope.Asks("signingWalletId") ? key.SigningWalletId : null;
        if (bindings.Count == 0 && signing is null)
            return;
        var wallets = (await session.ListWalletsAsync(key.AccountId))
            .Select(w => w.Id)
            .ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < bindings.Count; i++)
        {
            if (!wallets.Contains(bindings[i].WalletId))
                errors.Add(new($"walletBindings[{i}].walletId", "UNKNOWN_WALLET", "Must be a wallet of the account."));
        }
        if (signing is not null && !wallets.Contains(signing))
            errors.Add(new("signingWalletId", "UNKNOWN_WALLET", "Must be a wallet of the account."));
    }
}
