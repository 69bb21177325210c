using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// One version of the routes file as YARP takes it: whole, never changed, replaced by the next.
/// <para>YARP changes a cluster of the same id in place, also under routes of the version before: a request that was judged
/// by that version's policy would go where the next one says. So a cluster that is not the same as in the version before
/// gets an id of its own, with the version's number behind a colon, which no file can state; requests of the version before
/// keep theirs.</para>
/// </summary>
internal sealed class RoutesSnapshot : IProxyConfig, IDisposable
{
    private const string ClusterPrefix = "Cluster.";

    private readonly CancellationTokenSource _replaced = new();
    private readonly Dictionary<string, Served> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly long _number;

    /// <summary>Makes a version ready to be served.</summary>
    /// <param name="routes">The version.</param>
    /// <param name="before">The one it replaces; null for the first.</param>
    public RoutesSnapshot(CheckedRoutes routes, RoutesSnapshot? before = null)
    {
        (Checked, _number) = (routes, before is null ? 0 : before._number + 1);
        foreach (var cluster in routes.Clusters)
            _clusters[cluster.ClusterId] = Serve(cluster, before);
        Clusters = [.. _clusters.Values.Select(c => c.Cluster)];
        Routes = [.. routes.Routes.Select(Serve)];
    }

    public CheckedRoutes Checked { get; }
    public IReadOnlyList<RouteConfig> Routes { get; }
    public IReadOnlyList<ClusterConfig> Clusters { get; }
    public IChangeToken ChangeToken => field ??= new CancellationChangeToken(_replaced.Token);

    /// <summary>Tells YARP to ask for the version that replaced this one.</summary>
    public void Replaced() => _replaced.Cancel();

    public void Dispose() => _replaced.Dispose();

    private Served Serve(ClusterConfig stated, RoutesSnapshot? before)
    {
        if (before is null || ClusterUse.IsOurs(stated))
            return new(stated, stated);
        if (before._clusters.TryGetValue(stated.ClusterId, out var known) && known.Stated == stated)
            return known;
        return new(stated, stated with { ClusterId = $"{stated.ClusterId}:{_number}" });
    }

    // A route whose clusters are as before is as before, and YARP keeps its endpoint.
    private RouteConfig Serve(RouteConfig route)
    {
        var served = route.ClusterId is { } id ? route with { ClusterId = IdOf(id) } : route;
        if (route.Metadata is not { } stated || !stated.Keys.Any(IsCluster))
            return served;
        return served with
        {
            Metadata = stated.ToDictionary(
                m => m.Key,
                m => IsCluster(m.Key) ? IdOf(m.Value) : m.Value,
                StringComparer.OrdinalIgnoreCase
            ),
        };
    }

    private static bool IsCluster(string key) => key.StartsWith(ClusterPrefix, StringComparison.OrdinalIgnoreCase);

    private string IdOf(string id) => _clusters.TryGetValue(id, out var served) ? served.Cluster.ClusterId : id;

    private sealed record Served(ClusterConfig Stated, ClusterConfig Cluster);
}
