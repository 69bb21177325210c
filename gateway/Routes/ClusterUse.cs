using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>Which clusters routes go to: their own (<c>ClusterId</c>) or, by the key's environment,
/// <c>Cluster.&lt;environment&gt;</c>.</summary>
internal static class ClusterUse
{
    // A file cannot name it: a colon is no part of a name there.
    private static readonly ClusterConfig ByEnvironment = new() { ClusterId = "gateway:by-environment" };

    /// <summary>Whether the gateway added the cluster itself.</summary>
    public static bool IsOurs(ClusterConfig cluster) => cluster.ClusterId == ByEnvironment.ClusterId;

    /// <summary>Adds a line for each cluster that does not exist, and for a route that goes nowhere.</summary>
    public static void Check(
        RouteConfig route,
        RoutePolicy policy,
        HashSet<string> clusters,
        ICollection<string> problems,
        ICollection<string> warnings
    )
    {
        var at = $"Routes:{route.RouteId}";
        if (string.IsNullOrEmpty(route.ClusterId) && !policy.HasClusters)
            problems.Add(
                $"{at}:ClusterId: missing; name a cluster, or one for each environment (Cluster.<environment>)"
            );
        if (!string.IsNullOrEmpty(route.ClusterId) && !clusters.Contains(route.ClusterId))
            problems.Add($"{at}:ClusterId: '{route.ClusterId}' is not a cluster");
        if (!string.IsNullOrEmpty(route.ClusterId) && policy.HasClusters)
            warnings.Add($"{at}:ClusterId: never used, because clusters are stated by environment");
        foreach (var (environment, cluster) in policy.Clusters.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            if (!clusters.Contains(cluster))
                problems.Add($"{at}:Metadata:Cluster.{environment}: '{cluster}' is not a cluster");
            if (policy.Environments?.Contains(environment, StringComparer.Ordinal) is false)
                warnings.Add($"{at}:Metadata:Cluster.{environment}: never used, because Environments leaves it out");
        }
        foreach (var environment in (policy.Environments ?? []).Where(e => !policy.AllowsEnvironment(e)))
            warnings.Add(
                $"{at}:Metadata:Environments: '{environment}' is refused, because it has no Cluster.{environment}"
            );
    }

    /// <summary>Adds a line for each cluster that no route goes to.</summary>
    public static void Warn(
        IReadOnlyList<ClusterConfig> clusters,
        IReadOnlyList<RouteConfig> routes,
        IReadOnlyList<RoutePolicy> policies,
        ICollection<string> warnings
    )
    {
        var used = routes.Select(r => r.ClusterId).Concat(policies.SelectMany(p => p.Clusters.Values));
        foreach (var id in clusters.Select(c => c.ClusterId).Except(used, StringComparer.OrdinalIgnoreCase))
            warnings.Add($"Clusters:{id}: no route goes there");
    }

    /// <summary>
    /// YARP answers 503 for a route without a cluster before anything of ours is asked, so routes that go by environment
    /// get one that has no destinations. The gateway reassigns each request to its key's cluster; were that forgotten,
    /// the answer would be 503 and never a backend of another environment.
    /// </summary>
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Complete(
        IReadOnlyList<RouteConfig> routes,
        IReadOnlyList<ClusterConfig> clusters,
        IReadOnlyList<RoutePolicy> policies
    )
    {
        if (!policies.Any(p => p.HasClusters))
            return (routes, clusters);
        return (
            [.. routes.Zip(policies, (r, p) => p.HasClusters ? r with { ClusterId = ByEnvironment.ClusterId } : r)],
            [.. clusters, ByEnvironment]
        );
    }
}
