using System.Net;
using Gateway.Keys;
using Microsoft.Extensions.Primitives;

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
        foreach (var permission in policy.Permissions)
        {
            if (!grants.Allows(permission))
                return DenyReason.InsufficientPermissions;
        }
        return null;
    }

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
    )
    {
        (wallet, grants) = (null, key.Grants);
        if (policy.Wallet.Source == WalletSource.Any)
            return null;
        if (policy.Wallet.Source == WalletSource.None)
            return key.Wallets is null ? null : DenyReason.WalletNotAllowed;
        wallet = Named(policy.Wallet, context);
        if (wallet is null)
            return DenyReason.WalletNotAllowed;
        if (key.Wallets is null)
            return null;
        if (!key.Wallets.TryGetValue(wallet, out var bound))
            return DenyReason.WalletNotAllowed;
        grants = bound;
        return Permissions(bound, policy);
    }

    // Named exactly once, or not at all: with two, the upstream might act on the one that was not judged.
    private static string? Named(WalletRule rule, HttpContext context)
    {
        var value = rule.Source switch
        {
            WalletSource.RouteValue => new StringValues(context.Request.RouteValues[rule.Name] as string),
            WalletSource.Query => context.Request.Query[rule.Name],
            WalletSource.Header => HeaderNamed(rule.Name, context.Request.Headers),
            _ => default,
        };
        return value.Count == 1 && !string.IsNullOrEmpty(value[0]) ? value[0] : null;
    }

    // Upstreams fold header names (CGI reads X_Wallet as X-Wallet), so another spelling counts as a second value.
    private static StringValues HeaderNamed(string name, IHeaderDictionary headers)
    {
        StringValues found = default;
        foreach (var (header, values) in headers)
        {
            if (ReservedHeaders.SameWhenFolded(header, name))
                found = StringValues.Concat(found, values);
        }
        return found.Count == 1 && found[0]!.Contains(',', StringComparison.Ordinal) ? default : found;
    }
}
