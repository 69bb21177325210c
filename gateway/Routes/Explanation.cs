using System.Net;
using Gateway.Keys;
using Yarp.ReverseProxy.Model;

namespace Gateway;

/// <summary>One check and what it said.</summary>
/// <param name="Number">Its number in the order of the decision.</param>
/// <param name="Check">What is checked.</param>
/// <param name="Says">The result in words.</param>
/// <param name="Reason">Why the request is refused here; null when it is not.</param>
internal sealed record ExplainedCheck(string Number, string Check, string Says, DenyReason? Reason = null);

/// <summary>
/// Walks a request through the checks of the decision, by the code of the request path, and keeps what each said. Unlike
/// there, a refusal does not end the walk from check 4 on: who asks why a key is refused wants to hear all of it at once.
/// What is not asked: the credential's spelling (there is none, only a key's id), the lease, and rate limits.
/// </summary>
internal sealed class Explanation(RequestGuard guard, ClientAddress addresses, RouteFinder finder)
{
    private readonly List<ExplainedCheck> _checks = [];

    /// <summary>Explains one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="findKey">Reads the key; null for a request without one.</param>
    /// <param name="now">The instant it is judged at.</param>
    public async Task<IReadOnlyList<ExplainedCheck>> ExplainAsync(
        HttpContext context,
        Func<Task<CachedKey?>>? findKey,
        DateTimeOffset now
    )
    {
        var judged = guard.Judge(context);
        Add("0", "unambiguous", judged.Detail ?? "yes", judged.Refusal);
        if (judged.Refusal is not null)
            return _checks;
        if (await RouteAsync(context, judged) is not { } policy)
            return _checks;
        if (!addresses.TryResolve(context, out var client))
            Add("0", "client address", "cannot be read from what a trusted proxy says", DenyReason.BadRequest);
        else if (policy.Anonymous)
            Add("2", "credential", "none is needed");
        else if (findKey is null)
            Add("2", "credential", $"none given (--key-id); it {Demand(policy)}", DenyReason.Unauthorized);
        else if (await findKey() is not { } key)
            Add("3", "known", "no key has this id", DenyReason.InvalidApiKey);
        else
            Judge(context, policy, key, client, now);
        return _checks;
    }

    private async Task<RoutePolicy?> RouteAsync(HttpContext context, GuardResult judged)
    {
        var policy = await finder.FindAsync(context);
        if (policy is null)
        {
            // Routing has an endpoint of its own for a path that matches under another method.
            var other = context.GetEndpoint() is not null;
            Add(
                "1",
                "a route matches",
                other ? "the path does, the method does not" : "none",
                other ? DenyReason.MethodNotAllowed : DenyReason.NoRoute
            );
            return null;
        }
        var path = context.GetEndpoint()!.Metadata.GetMetadata<RouteModel>()!.Config.Match.Path;
        Add("1", "a route matches", $"{policy.RouteId} ({path ?? "any path"})");
        if (judged.Escapes.IsWithin(policy.AllowEncoded))
            return policy;
        Add("0", "unambiguous", "the path has an escape the route does not allow", DenyReason.BadRequest);
        return null;
    }

    private void Judge(HttpContext context, RoutePolicy policy, CachedKey key, IPAddress client, DateTimeOffset now)
    {
        var record = key.Record;
        Add("3", "known", $"{record.Id} '{record.Name}' ({record.KeyPrefix}…) of {record.AccountId}");
        Add("4", "state", record.StatusAt(now).ToString().ToLowerInvariant(), Checks.State(key, now.UtcTicks));
        Add("5", "account active", key.AccountSuspended ? "suspended" : "yes", Checks.Account(key));
        Add("6", "environment", Environment(policy, key), Checks.Environment(key, policy));
        var from = record.AllowedIps is null ? "any" : string.Join(' ', record.AllowedIps);
        Add("7", "client address", $"{client}; allowed: {from}", Checks.Address(key, client));
        Add("8", "permissions", Permissions(policy, key), Checks.Permissions(key.Grants, policy));
        var wallet = Checks.Wallet(key, policy, context, out var named, out _);
        Add("9", "wallet", Wallet(policy, key, named), wallet);
        if (record.RateLimit is { } limit)
            Add("10", "rate limit", $"{limit.Requests} in {limit.WindowSeconds} s; not counted here");
    }

    private static string Demand(RoutePolicy policy) =>
        policy.Permissions.Count == 0 ? "needs any valid key" : $"needs a key with {policy.ScopeText}";

    private static string Environment(RoutePolicy policy, CachedKey key)
    {
        var environment = key.Environment.Name;
        return policy.TryGetCluster(environment, out var cluster)
            ? $"{environment}, to cluster {cluster}"
            : environment;
    }

    private static string Permissions(RoutePolicy policy, CachedKey key)
    {
        var held = key.Grants.IsEmpty ? "nothing" : string.Join(' ', key.Grants.Names);
        return $"needs {(policy.Permissions.Count == 0 ? "none" : policy.ScopeText)}; holds {held}";
    }

    private static string Wallet(RoutePolicy policy, CachedKey key, string? named)
    {
        var bound = key.Wallets is null ? "all" : string.Join(' ', key.Wallets.Keys.Order(StringComparer.Ordinal));
        return policy.Wallet.Source switch
        {
            WalletSource.None => $"the route judges none; bound to: {bound}",
            WalletSource.Any => $"the upstream judges; bound to: {bound}",
            _ => $"{policy.Wallet} is {(named is null ? "not named exactly once" : $"'{named}'")}; bound to: {bound}",
        };
    }

    private void Add(string number, string check, string says, DenyReason? reason = null) =>
        _checks.Add(new ExplainedCheck(number, check, says, reason));
}
