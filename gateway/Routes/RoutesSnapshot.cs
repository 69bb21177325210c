using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>One version of the routes file as YARP takes it: whole, never changed, replaced by the next.</summary>
internal sealed class RoutesSnapshot(CheckedRoutes routes) : IProxyConfig, IDisposable
{
    private readonly CancellationTokenSource _replaced = new();

    public CheckedRoutes Checked => routes;
    public IReadOnlyList<RouteConfig> Routes => routes.Routes;
    public IReadOnlyList<ClusterConfig> Clusters => routes.Clusters;
    public IChangeToken ChangeToken => field ??= new CancellationChangeToken(_replaced.Token);

    /// <summary>Tells YARP to ask for the version that replaced this one.</summary>
    public void Replaced() => _replaced.Cancel();

    public void Dispose() => _replaced.Dispose();
}
