using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy;

namespace Gateway;

/// <summary>
/// What the upstream sees: the credential and every reserved header removed, identity headers set, the cluster of the
/// key's environment. Headers are edited before YARP copies them, which costs nothing; its request transforms would.
/// </summary>
public sealed class Upstream(IProxyStateLookup clusters, ClientAddress addresses)
{
    /// <summary>Whose request it is.</summary>
    internal const string KeyIdHeader = "X-Gateway-Key-Id";

    /// <summary>Whose key that is.</summary>
    internal const string AccountIdHeader = "X-Gateway-Account-Id";

    /// <summary>The wallet that was judged; absent for none.</summary>
    internal const string WalletHeader = "X-Gateway-Wallet";

    /// <summary>Makes an allowed request ready to be forwarded.</summary>
    /// <param name="context">The request.</param>
    /// <param name="policy">Its route's.</param>
    /// <param name="key">Whose request it is; null on an anonymous route.</param>
    /// <param name="verdict">The checks' outcome.</param>
    public void Prepare(HttpContext context, RoutePolicy policy, CachedKey? key, Verdict verdict)
    {
        var headers = context.Request.Headers;
        // An upstream that checks the key itself looks for it in one place, wherever the caller put it.
        if (policy.ForwardCredential && key is not null && headers.Authorization.Count == 0)
            headers.Authorization = "Bearer " + headers["X-API-Key"];
        ReservedHeaders.Strip(headers);
        if (!policy.ForwardCredential)
            headers.Authorization = default;
        addresses.Forward(context);
        headers[RequestIds.Header] = RequestIds.Of(context);
        if (key is null)
            return;
        Identify(headers, key, verdict);
        if (policy.TryGetCluster(key.Environment.Name, out var id))
            Reassign(context, id);
    }

    private static void Identify(IHeaderDictionary headers, CachedKey key, Verdict verdict)
    {
        var identity = key.Headers;
        headers[KeyIdHeader] = identity.KeyId;
        headers[AccountIdHeader] = identity.AccountId;
        headers["X-Gateway-Environment"] = identity.Environment;
        Set(headers, "X-Gateway-Network", identity.Network);
        Set(headers, "X-Gateway-Wallets", identity.Wallets);
        Set(headers, "X-Gateway-Signing-Wallet", identity.SigningWallet);
        if (verdict.Wallet is not null)
            headers[WalletHeader] = verdict.Wallet;
        if (ReferenceEquals(verdict.Grants, key.Grants))
        {
            Set(headers, "X-Gateway-Role", identity.Role);
            Set(headers, "X-Gateway-Permissions", identity.Permissions);
        }
        else
        {
            headers["X-Gateway-Permissions"] = verdict.Grants.Text;
        }
    }

    private static void Set(IHeaderDictionary headers, string name, StringValues value)
    {
        if (value.Count > 0 && value[0] is { Length: > 0 })
            headers[name] = value;
    }

    // The policy was checked against the clusters it was loaded with, so the cluster is there.
    private void Reassign(HttpContext context, string? cluster)
    {
        if (cluster is null || !clusters.TryGetCluster(cluster, out var state))
            throw new InvalidOperationException($"Cluster '{cluster}' went away while its route is served.");
        context.ReassignProxyRequest(state);
    }
}
