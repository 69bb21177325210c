using Gateway.Keys;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// Reads one route's policy from its <c>Metadata</c>. Strict on purpose: a key nobody knows, a value nobody takes or a
/// combination that contradicts itself is a problem, because a policy that is silently not applied is an open door.
/// Keys are read without regard to case, as all .NET configuration is; values are not.
/// </summary>
internal sealed class RoutePolicyParser(RouteConfig route, RouteContext context, ICollection<string> problems)
{
    private const string ClusterPrefix = "Cluster.";

    /// <summary>Longer than any outage one would ride out on cached keys; a typing mistake (<c>100h</c>) is not.</summary>
    private static readonly TimeSpan LongestStaleness = TimeSpan.FromHours(24);

    private static readonly string[] Keys =
    [
        "Access",
        "Permissions",
        "Environments",
        "Wallet",
        "AllowEncoded",
        "Credential",
        "MaxStaleness",
    ];

    private readonly IReadOnlyDictionary<string, string> _metadata =
        route.Metadata ?? new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    public RoutePolicy Parse()
    {
        RefuseUnknownKeys();
        var anonymous = ReadAccess();
        if (anonymous)
            RefuseDemands();
        return new RoutePolicy
        {
            RouteId = route.RouteId,
            Anonymous = anonymous,
            Permissions = ReadPermissions(),
            Environments = ReadEnvironments(),
            Clusters = ReadClusters(),
            Wallet = Read("Wallet") is { } wallet
                ? WalletRuleParser.Parse(wallet, route, p => Problem("Wallet", p))
                : WalletRule.None,
            AllowEncoded = ReadAllowEncoded(),
            ForwardCredential = ReadCredential(),
            MaxStaleness = ReadMaxStaleness(),
            HasTimeout = route.Timeout is not null,
        };
    }

    private void RefuseUnknownKeys()
    {
        foreach (var key in _metadata.Keys.Order(StringComparer.Ordinal))
        {
            if (key.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
                Problem(key, $"unknown; a policy has {string.Join(", ", Keys)} and {ClusterPrefix}<environment>");
        }
    }

    private bool ReadAccess()
    {
        switch (Read("Access"))
        {
            case "anonymous":
                return true;
            case "key":
                return false;
            case null:
                if (!Has("Access") && !Has("Permissions"))
                    Problem("Access", "neither Access nor Permissions is stated; say who may call this route");
                return false;
            case var other:
                Problem("Access", $"'{other}' is not an access; write 'anonymous' or 'key'");
                return false;
        }
    }

    /// <summary>Nothing else of a policy is judged without a key, so stating it is a contradiction.</summary>
    private void RefuseDemands()
    {
        foreach (var key in _metadata.Keys.Order(StringComparer.Ordinal))
        {
            var needsKey =
                key.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase)
                || (
                    Keys.Contains(key, StringComparer.OrdinalIgnoreCase)
                    && !key.Equals("Access", StringComparison.OrdinalIgnoreCase)
                    && !key.Equals("AllowEncoded", StringComparison.OrdinalIgnoreCase)
                );
            if (needsKey)
                Problem(key, "needs a key to judge, but Access is 'anonymous'; take one of the two away");
        }
    }

    private string[] ReadPermissions()
    {
        var names = ReadNames("Permissions");
        foreach (var name in names.Where(n => !Grants.IsPermission(n)))
            Problem("Permissions", $"'{name}' is not a permission; write names such as 'tokens:read', no wildcards");
        return names;
    }

    private string[]? ReadEnvironments()
    {
        if (!Has("Environments"))
            return null;
        return [.. ReadNames("Environments").Select(n => KnownEnvironment("Environments", n)).OfType<string>()];
    }

    private Dictionary<string, string> ReadClusters()
    {
        var clusters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in _metadata.Keys.Order(StringComparer.Ordinal))
        {
            if (!key.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            var environment = KnownEnvironment(key, key[ClusterPrefix.Length..]);
            if (Read(key) is { } cluster && environment is not null)
                clusters[environment] = cluster;
        }
        return clusters;
    }

    private string? KnownEnvironment(string key, string name)
    {
        // The part after 'Cluster.' is a configuration key and so without case; a value is taken as it is.
        var comparison = key.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase)
            ? StringComparison.OrdinalIgnoreCase
            : StringComparison.Ordinal;
        var known = context.Environments.FirstOrDefault(e => e.Equals(name, comparison));
        if (known is null)
            Problem(key, $"'{name}' is not an environment; there are {string.Join(", ", context.Environments)}");
        return known;
    }

    private EncodedSet ReadAllowEncoded()
    {
        var set = EncodedSet.Parse(Read("AllowEncoded") ?? "", out var problem);
        if (problem is not null)
            Problem("AllowEncoded", problem);
        return set;
    }

    private bool ReadCredential()
    {
        var value = Read("Credential");
        if (value is not null and not "forward")
            Problem("Credential", $"'{value}' is not taken; write 'forward', or leave it out and the key is stripped");
        return value is "forward";
    }

    private TimeSpan ReadMaxStaleness()
    {
        if (Read("MaxStaleness") is not { } text)
            return context.DefaultMaxStaleness;
        if (Durations.TryParse(text, out var value) && value <= LongestStaleness)
            return value;
        Problem("MaxStaleness", $"'{text}' is not a duration; write 500ms, 2s, 5m or 1h, at most 24h");
        return context.DefaultMaxStaleness;
    }

    /// <summary>A value; null when absent, and when empty, which is a problem of its own.</summary>
    private string? Read(string key)
    {
        if (!_metadata.TryGetValue(key, out var value))
            return null;
        if (!string.IsNullOrWhiteSpace(value))
            return value;
        Problem(key, "has no value; state one or take the key away");
        return null;
    }

    private string[] ReadNames(string key)
    {
        var names = Read(key)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (var twice in names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1))
            Problem(key, $"'{twice.Key}' is stated twice");
        return names;
    }

    private bool Has(string key) => _metadata.ContainsKey(key);

    private void Problem(string key, string what) => problems.Add($"Routes:{route.RouteId}:Metadata:{key}: {what}");
}
