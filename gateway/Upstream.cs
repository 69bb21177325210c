namespace Gateway;

/// <summary>
/// What the upstream sees: the credential and every reserved header removed, the cluster of the key's environment, and
/// whose request it is. The client's headers are edited before YARP copies them, which is cheap where nothing is to be
/// removed; what the gateway says itself is written to the request that YARP makes of them (<see cref="UpstreamHeaders"/>),
/// so that it is written once.
/// </summary>
public sealed class Upstream
{
    /// <summary>What the request's key may do.</summary>
    internal const string PermissionsHeader = "X-Gateway-Permissions";

    /// <summary>The wallet that was judged; absent for none.</summary>
    internal const string WalletHeader = "X-Gateway-Wallet";

    /// <summary>Rules that a test has taken out; <see cref="KeyGate"/> goes by them, too.</summary>
    internal EdgeRules Without { get; set; }

    /// <summary>Makes an allowed request ready to be forwarded. Allocates nothing for a request without reserved
    /// headers.</summary>
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
        ReservedHeaders.Strip(headers, Without);
        if (!policy.ForwardCredential && (Without & EdgeRules.Credential) is EdgeRules.None)
            headers.Authorization = default;
        if (key is null)
            return;
        Identify(context, key, verdict);
        if (policy.TryGetState(key.Environment.Name, out var cluster))
            context.ReassignProxyRequest(cluster);
    }

    // What is of this request alone goes with the client's headers, which have none of these names any more.
    private static void Identify(HttpContext context, CachedKey key, Verdict verdict)
    {
        var headers = context.Request.Headers;
        if (verdict.Wallet is not null)
            headers[WalletHeader] = verdict.Wallet;
        var isNarrowed = !ReferenceEquals(verdict.Grants, key.Grants);
        if (isNarrowed)
            headers[PermissionsHeader] = verdict.Grants.Text;
        context.Features.Set(isNarrowed ? key.Identity.WithoutGrants : key.Identity);
    }
}
