using System.Net;
using Gateway.Keys;
using Yarp.ReverseProxy.Model;

namespace Gateway;

/// <summary>One check and what it said.</summary>
/// <param name="Number">Its number in the order of the decision.</param>
/// <param name="Check">What is checked.</param>
/// <param name="Says">The result in words.</param>
/// <param name="Reason">Why the request is refused here; null when it is not.</param>
internal sealed record ExplainedCheck(string Number, string Check, string Says, DenyReason? Reason = null)
{
    /// <summary>False for what only a gateway that runs knows.</summary>
    public bool IsConsulted { get; init; } = true;
}

/// <summary>Whose request is explained.</summary>
/// <param name="How">How the key was given; null when by a header of the request or not at all.</param>
/// <param name="Find">Finds the key that was given.</param>
/// <param name="FindByCredential">Finds the key of a credential in a header.</param>
internal sealed record GivenKey(
    string? How,
    Func<Task<CachedKey?>>? Find,
    Func<string, Task<CachedKey?>>? FindByCredential = null
);

/// <summary>
/// Walks a request through the checks of the decision, by the code of the request path, and keeps what each said. Unlike
/// there, a refusal does not end the walk from check 4 on: who asks why a key is refused wants to hear all of it at once.
/// What is not asked: the lease, and what a rate limit has counted.
/// </summary>
internal sealed class Explanation(GatewaySettings settings, RouteFinder finder)
{
    private readonly List<ExplainedCheck> _checks = [];

    /// <summary>Explains one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="given">Whose it is.</param>
    /// <param name="now">The instant it is judged at.</param>
    public async Task<IReadOnlyList<ExplainedCheck>> ExplainAsync(
        HttpContext context,
        GivenKey given,
        DateTimeOffset now
    )
    {
        if (await RouteAsync(context) is not { } policy)
            return _checks;
        if (!settings.Addresses.TryResolve(context, out var client))
            Add("0", "client address", "cannot be read from what a trusted proxy says", DenyReason.BadRequest);
        else if (policy.Anonymous)
            Add("2", "credential", "none is needed");
        else if (await KeyAsync(context, policy, given) is { } key)
            Judge(context, policy, key, client, now);
        return _checks;
    }

    private async Task<RoutePolicy?> RouteAsync(HttpContext context)
    {
        var reading = await RouteReading.OfAsync(context, new RequestGuard(settings.KeyFormat), finder);
        var request = $"{context.Request.Method}, {context.Request.Headers.Count} headers";
        Add("0", "unambiguous", reading.Guard.Detail ?? $"{request}: one reading", reading.Guard.Refusal);
        if (reading.Guard.Refusal is not null)
            return null;
        if (reading.Policy is { } policy)
        {
            var path = context.GetEndpoint()!.Metadata.GetMetadata<RouteModel>()!.Config.Match.Path;
            Add("1", "a route matches", $"{policy.RouteId} ({path ?? "any path"})");
            if (reading.Refusal is null)
                return policy;
            Add("0", "unambiguous", reading.Detail!, reading.Refusal);
            return null;
        }
        Add("1", "a route matches", reading.Detail!, reading.Refusal);
        return null;
    }

    private async Task<CachedKey?> KeyAsync(HttpContext context, RoutePolicy policy, GivenKey given)
    {
        if (given.Find is { } find)
        {
            Add("2", "credential", $"given {given.How}");
            return Known(await find(), "no key has this id");
        }
        var (refusal, credential) = Presented(context);
        if (refusal is not null || credential.Length == 0)
        {
            var says = refusal is null ? $"none given; it {Demand(policy)}" : "two are given";
            Add("2", "credential", says, refusal ?? DenyReason.Unauthorized);
            return null;
        }
        Add("2", "credential", "given in a header");
        if (!settings.KeyFormat.TryParse(credential, out _))
            return Known(null, "it is no key of ours, or mistyped: its checksum is wrong");
        return Known(await given.FindByCredential!(credential), "no key of the store");
    }

    private (DenyReason? Refusal, string Credential) Presented(HttpContext context)
    {
        var refusal = Credential.Read(context.Request.Headers, settings.Gateway.ApiKeyHeader, out var credential);
        return (refusal, credential.ToString());
    }

    private CachedKey? Known(CachedKey? key, string otherwise)
    {
        if (key is null)
            Add("3", "known", otherwise, DenyReason.InvalidApiKey);
        else
            Add(
                "3",
                "known",
                $"{key.Record.Id} '{key.Record.Name}' ({key.Record.KeyPrefix}…) of {key.Record.AccountId}"
            );
        return key;
    }

    private void Judge(HttpContext context, RoutePolicy policy, CachedKey key, IPAddress client, DateTimeOffset now)
    {
        var record = key.Record;
        Add("4", "state", State(record, now), Checks.State(key, now.UtcTicks));
        Add("5", "account active", key.AccountSuspended ? "suspended" : "yes", Checks.Account(key));
        Add("6", "environment", Environment(policy, key), Checks.Environment(key, policy));
        var from = record.AllowedIps is null ? "any" : string.Join(' ', record.AllowedIps);
        Add("7", "client address", $"{client}; allowed: {from}", Checks.Address(key, client));
        Add("8", "permissions", Permissions(policy, key), Checks.Permissions(key.Grants, policy));
        var wallet = Checks.Wallet(key, policy, context, out var named, out _);
        Add("9", "wallet", Wallet(policy, key, named), wallet);
        _checks.Add(Limit(record));
    }

    private static ExplainedCheck Limit(KeyRecord record) =>
        record.RateLimit is not { } limit
            ? new ExplainedCheck("10", "rate limit", "none")
            : new ExplainedCheck(
                "10",
                "rate limit",
                $"{limit.Requests} in {limit.WindowSeconds} s; it needs state that only gateways have: what is used of it"
            )
            {
                IsConsulted = false,
            };

    private static string State(KeyRecord record, DateTimeOffset now)
    {
        var ends = new[] { record.ExpiresAt, record.RotationDeadline }.Min();
        var until = ends is null ? "" : $", until {ends:u}, at {now:u}";
        return record.StatusAt(now).ToString().ToLowerInvariant() + until;
    }

    private static string Demand(RoutePolicy policy) =>
        policy.Permissions.Count == 0 ? "needs any valid key" : $"needs a key with {policy.ScopeText}";

    private static string Environment(RoutePolicy policy, CachedKey key)
    {
        var environment = key.Environment.Name;
        var taken = policy.Environments is null ? "" : $"; taken: {string.Join(' ', policy.Environments)}";
        return policy.TryGetCluster(environment, out var cluster)
            ? $"{environment}, to cluster {cluster}{taken}"
            : environment + taken;
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
