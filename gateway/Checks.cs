using System.Net;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Checks 4 to 9 of the decision, each by itself: null when passed. The request path runs them in this order on every
/// request, and <c>gateway explain</c> prints them one by one.
/// </summary>
public static class Checks
{
    /// <summary>4: not revoked, disabled, expired or past the rotation deadline. At exactly the instant it is over.</summary>
    public static DenyReason? State(CachedKey key, long nowTicks)
    {
        if (key.Record.RevokedAt is not null)
            return DenyReason.RevokedApiKey;
        if (key.Record.DisabledAt is not null)
            return DenyReason.DisabledApiKey;
        return nowTicks >= key.EndsTicks ? DenyReason.ExpiredApiKey : null;
    }

    /// <summary>5: the account is active.</summary>
    public static DenyReason? Account(CachedKey key) => key.AccountSuspended ? DenyReason.AccountSuspended : null;

    /// <summary>6: the route takes keys of this environment, and has a cluster for it where it states any.</summary>
    public static DenyReason? Environment(CachedKey key, RoutePolicy policy)
    {
        var environment = key.Environment.Name;
        if (!policy.AllowsEnvironment(environment))
            return DenyReason.EnvironmentNotAllowed;
        return !policy.HasClusters || policy.TryGetCluster(environment, out _)
            ? null
            : DenyReason.EnvironmentNotAllowed;
    }

    /// <summary>7: the client's address is among the key's.</summary>
    public static DenyReason? Address(CachedKey key, IPAddress client) =>
        key.Allows(client) ? null : DenyReason.IpNotAllowed;

    /// <summary>8: all permissions the route demands.</summary>
    public static DenyReason? Permissions(Grants grants, RoutePolicy policy)
    {
        foreach (var permission in policy.Demanded)
        {
            if (!grants.Allows(permission))
                return DenyReason.InsufficientPermissions;
        }
        return null;
    }

    /// <summary>4 to 8, in order.</summary>
    public static DenyReason? BeforeWallet(CachedKey key, RoutePolicy policy, long nowTicks, IPAddress client) =>
        BeforeWallet(key, policy, nowTicks, client, EdgeRules.None);

    /// <summary>4 to 8, in order, but for those that a test has taken out.</summary>
    internal static DenyReason? BeforeWallet(
        CachedKey key,
        RoutePolicy policy,
        long nowTicks,
        IPAddress client,
        EdgeRules without
    ) =>
        Unless(without, EdgeRules.State, State(key, nowTicks))
        ?? Account(key)
        ?? Unless(without, EdgeRules.Environment, Environment(key, policy))
        ?? Unless(without, EdgeRules.Address, Address(key, client))
        ?? Unless(without, EdgeRules.Permissions, Permissions(key.Grants, policy));

    /// <summary>9: the wallet.</summary>
    /// <param name="key">Whose bindings count.</param>
    /// <param name="policy">Where the request names the wallet.</param>
    /// <param name="context">The request.</param>
    /// <param name="wallet">The wallet judged; null when the route has none to judge.</param>
    /// <param name="grants">What the key may do for that wallet.</param>
    public static DenyReason? Wallet(
        CachedKey key,
        RoutePolicy policy,
        HttpContext context,
        out string? wallet,
        out Grants grants
    ) => Wallet(key, policy, context, EdgeRules.None, out wallet, out grants);

    /// <summary>9: the wallet, by the rules that a test has not taken out.</summary>
    internal static DenyReason? Wallet(
        CachedKey key,
        RoutePolicy policy,
        HttpContext context,
        EdgeRules without,
        out string? wallet,
        out Grants grants
    )
    {
        wallet = NamedWallet.In(context, policy.Wallet, without);
        return Unless(without, EdgeRules.Wallet, Wallet(key, policy, wallet, out grants));
    }

    /// <summary>9: the wallet that a request has named.</summary>
    /// <param name="key">Whose bindings count.</param>
    /// <param name="policy">Whether a wallet is judged.</param>
    /// <param name="wallet">The wallet named; null for none.</param>
    /// <param name="grants">What the key may do for that wallet.</param>
    public static DenyReason? Wallet(CachedKey key, RoutePolicy policy, string? wallet, out Grants grants)
    {
        grants = key.Grants;
        if (policy.Wallet.Source == WalletSource.Any)
            return Narrowed(key.EveryWallet, policy, out grants);
        if (policy.Wallet.Source == WalletSource.None)
            return key.Wallets is null ? null : DenyReason.WalletNotAllowed;
        if (wallet is null)
            return DenyReason.WalletNotAllowed;
        if (key.Wallets is null)
            return null;
        return key.Wallets.TryGetValue(wallet, out var bound)
            ? Narrowed(bound, policy, out grants)
            : DenyReason.WalletNotAllowed;
    }

    private static DenyReason? Unless(EdgeRules without, EdgeRules rule, DenyReason? reason) =>
        reason is not null && without.Has(rule) ? null : reason;

    private static DenyReason? Narrowed(WalletGrants bound, RoutePolicy policy, out Grants grants)
    {
        grants = bound.Announced;
        foreach (var permission in policy.Demanded)
        {
            if (!bound.Allows(permission))
                return DenyReason.InsufficientPermissions;
        }
        return null;
    }
}
