using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Gateway;

/// <summary>Puts each route's policy on its endpoint.</summary>
public static class RoutePolicies
{
    /// <summary>
    /// Adds a <see cref="RoutePolicy"/> to the metadata of every endpoint of the proxy. The policy is read from the very
    /// <see cref="RouteModel"/> the endpoint forwards by, so a request never sees one version's policy and another
    /// version's route. The file was checked before it got here; an endpoint whose policy cannot be read is not made.
    /// </summary>
    /// <param name="proxy">What <c>MapReverseProxy</c> returns.</param>
    /// <param name="context">The same that the routes file is checked against.</param>
    /// <param name="clusters">What the policy's clusters are found in; null when nothing is forwarded.</param>
    public static TBuilder Attach<TBuilder>(TBuilder proxy, RouteContext context, IProxyStateLookup? clusters = null)
        where TBuilder : IEndpointConventionBuilder
    {
        proxy.Add(endpoint => endpoint.Metadata.Add(Read(endpoint, context, clusters)));
        return proxy;
    }

    private static RoutePolicy Read(EndpointBuilder endpoint, RouteContext context, IProxyStateLookup? clusters)
    {
        var model =
            endpoint.Metadata.OfType<RouteModel>().SingleOrDefault()
            ?? throw new InvalidOperationException($"Endpoint '{endpoint.DisplayName}' is not a route of the proxy.");
        var problems = new List<string>();
        var policy = RoutePolicy.Parse(model.Config, context, problems);
        if (problems.Count > 0)
            throw new InvalidOperationException(string.Join(' ', problems));
        if (clusters is not null)
            policy.Bind(clusters);
        return policy;
    }
}
