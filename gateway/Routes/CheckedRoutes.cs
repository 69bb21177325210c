using System.Collections.Frozen;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>A routes file that was read, whole, and what is to be said about it.</summary>
/// <param name="Routes">The routes; each has a policy of the same index.</param>
/// <param name="Policies">The policies.</param>
/// <param name="Clusters">The clusters.</param>
/// <param name="Problems">One line each, naming route or cluster and key. With any, the file must not serve.</param>
/// <param name="Warnings">What is taken, and should be looked at.</param>
public sealed record CheckedRoutes(
    IReadOnlyList<RouteConfig> Routes,
    IReadOnlyList<RoutePolicy> Policies,
    IReadOnlyList<ClusterConfig> Clusters,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Warnings
)
{
    private FrozenDictionary<string, RoutePolicy>? _byRoute;

    /// <summary>The certificates that clusters name, each with a mark of what was in it.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Client certificates, by cluster, and until when they are valid (UTC).</summary>
    public IReadOnlyList<(string Cluster, DateTime NotAfter)> Certificates { get; init; } = [];

    /// <summary>Routes that have no problem of their own, as they are tried: what overlaps are looked for in.</summary>
    internal IReadOnlyList<JudgedRoute> Judged { get; init; } = [];

    /// <summary>Those of the problems that are overlaps.</summary>
    internal IReadOnlyList<string> Overlaps { get; init; } = [];

    /// <summary>Clusters of the file, without the one that stands for "by environment".</summary>
    public int StatedClusters => Clusters.Count(c => !ClusterUse.IsOurs(c));

    /// <summary>The longest <c>MaxStaleness</c> of a route that needs a key; zero when none does.</summary>
    public TimeSpan MaxStaleness { get; } =
        Policies.Where(p => !p.Anonymous).Select(p => p.MaxStaleness).DefaultIfEmpty(TimeSpan.Zero).Max();

    /// <summary>The policy of the route of this id; null when there is none. Of a file that may serve.</summary>
    public RoutePolicy? PolicyOf(string routeId)
    {
        // YARP takes ids that differ in case for the same.
        var byRoute = _byRoute ??= Policies.ToFrozenDictionary(p => p.RouteId, StringComparer.OrdinalIgnoreCase);
        return byRoute.GetValueOrDefault(routeId);
    }
}
