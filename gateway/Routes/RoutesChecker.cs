using Gateway.Listeners;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// Judges a routes file as a whole, before any of it serves. Steps, each of which adds all it finds:
///
///   1 text      is it JSON, are all names known, is nothing stated twice      RoutesJson, RoutesShape
///   2 meaning   YARP's own loader                                             YarpReader
///   3 cluster   addresses, TLS, YARP's own validator                          ClusterChecks
///   4 route     policy, path, clusters, transforms, YARP's own validator      RoutePolicyParser, Route…Checks, TransformChecks
///   5 together  routes that overlap                                           RouteOverlap
///
/// The last step sees only routes that have no problem of their own.
/// </summary>
/// <param name="context">What the settings say.</param>
/// <param name="validator">YARP's validator, of the container that will serve.</param>
/// <param name="constraints">Routing's, of the same container.</param>
public sealed class RoutesChecker(RouteContext context, IConfigValidator validator, ParameterPolicyFactory constraints)
{
    /// <summary>Checks a file's content. Throws nothing on bad content: that is what the result says.</summary>
    public async Task<CheckedRoutes> CheckAsync(ReadOnlyMemory<byte> file)
    {
        List<string> problems = [];
        List<string> warnings = [];
        using var document = RoutesJson.Read(file, problems);
        if (document is null || RoutesJson.Proxy(document, problems) is not { } proxy)
            return new CheckedRoutes([], [], [], problems, warnings);
        var (routes, clusters) = YarpReader.Read(proxy, problems);
        routes = [.. routes.Select(WithoutRefused)];

        var files = FilesOf(clusters);
        foreach (var cluster in clusters)
        {
            ClusterTls.Check(cluster, problems, warnings);
            ClusterChecks.Check(cluster, problems, warnings);
            await AskYarpAsync($"Clusters:{cluster.ClusterId}", validator.ValidateClusterAsync(cluster), problems);
        }
        var known = clusters.Select(c => c.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        List<RoutePolicy> policies = [];
        List<JudgedRoute> sound = [];
        foreach (var route in routes)
        {
            var before = problems.Count;
            var policy = await CheckRouteAsync(route, known, problems, warnings);
            policies.Add(policy);
            if (problems.Count == before && RoutePaths.TryParse(route.Match.Path) is { } pattern)
                sound.Add(new JudgedRoute(route, policy, new RoutePath(pattern, constraints)));
        }
        sound.Sort(JudgedRoute.Compare);
        List<string> overlaps = [];
        new RouteOverlap(context.Environments, overlaps, warnings).Check(sound);
        problems.AddRange(overlaps);
        ClusterUse.Warn(clusters, routes, policies, warnings);
        (routes, clusters) = ClusterUse.Complete(routes, clusters, policies);
        return new CheckedRoutes(
            routes,
            policies,
            [.. clusters.Select(c => ClusterTls.Marked(c, files))],
            problems,
            warnings
        )
        {
            Files = files,
            Certificates = problems.Count > 0 ? [] : CertificatesOf(clusters),
            Judged = sound,
            Overlaps = overlaps,
        };
    }

    // Before they are read, so that one that is replaced meanwhile has another mark.
    private static Dictionary<string, string> FilesOf(IEnumerable<ClusterConfig> clusters) =>
        clusters
            .SelectMany(c => ClusterTls.Read(c.Metadata)?.Files ?? [])
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(f => f, FileMark.Of, StringComparer.Ordinal);

    private static List<(string Cluster, DateTime NotAfter)> CertificatesOf(IEnumerable<ClusterConfig> clusters) =>
        [
            .. from cluster in clusters
            let until = ClusterTls.Read(cluster.Metadata)?.NotAfter()
            where until is not null
            select (cluster.ClusterId, until.Value),
        ];

    private async Task<RoutePolicy> CheckRouteAsync(
        RouteConfig route,
        HashSet<string> clusters,
        List<string> problems,
        List<string> warnings
    )
    {
        var policy = RoutePolicy.Parse(route, context, problems);
        ClusterUse.Check(route, policy, clusters, problems, warnings);
        TransformChecks.Check(route, policy, problems);
        if (RoutePaths.TryParse(route.Match?.Path) is { } pattern)
            RoutePaths.Check(pattern, constraints, p => problems.Add($"Routes:{route.RouteId}:Match:Path: {p}"));
        RouteMatchChecks.Check(route, problems);
        await AskYarpAsync($"Routes:{route.RouteId}", validator.ValidateRouteAsync(route), problems);
        return policy;
    }

    private static async Task AskYarpAsync(string at, ValueTask<IList<Exception>> answer, List<string> problems)
    {
        foreach (var error in await answer)
            problems.Add($"{at}: {error.Message}{(error.InnerException is { } inner ? " " + inner.Message : "")}");
    }

    // Named in step 1, with the reason; YARP need not complain of them again.
    private static RouteConfig WithoutRefused(RouteConfig route) =>
        route with
        {
            AuthorizationPolicy = null,
            CorsPolicy = null,
            RateLimiterPolicy = null,
            TimeoutPolicy = null,
        };
}
