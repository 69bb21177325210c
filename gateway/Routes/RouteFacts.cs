using Gateway.Keys.Storage;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>What routes demand, as it is told to operators: from the very policies requests are judged by.</summary>
internal static class RouteFacts
{
    /// <summary>In the order of the file.</summary>
    public static IReadOnlyList<PublishedRoute> Of(CheckedRoutes routes) => [.. routes.Routes.Zip(routes.Policies, Of)];

    private static PublishedRoute Of(RouteConfig route, RoutePolicy policy) =>
        new()
        {
            Id = route.RouteId,
            Path = route.Match.Path,
            Methods = [.. route.Match.Methods ?? []],
            Hosts = [.. route.Match.Hosts ?? []],
            Conditions = [.. RouteCondition.Read(route.Match).Select(c => c.Subject)],
            Order = route.Order,
            Anonymous = policy.Anonymous,
            Permissions = policy.Permissions,
            Environments = policy.Environments,
            Wallet = policy.Anonymous ? "" : policy.Wallet.ToString(),
            Clusters = policy.HasClusters
                ? [.. policy.Clusters.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}:{c.Value}")]
                : [route.ClusterId ?? ""],
            MaxStaleness = policy.Anonymous ? "" : Durations.Format(policy.MaxStaleness),
            ForwardsCredential = policy.ForwardCredential,
        };
}
