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
    public static TBuilder Attach<TBuilder>(TBuilder proxy, RouteContext context)
        where TBuilder : IEndpointConventionBuilder
    {
        proxy.Add(endpoint => endpoint.Metadata.Add(Read(endpoint, context)));
        return proxy;
    }

    private static RoutePolicy Read(EndpointBuilder endpoint, RouteContext context)
    {
        var model =
            endpoint.Metadata.OfType<RouteModel>().SingleOrDefault()
            ?? throw new InvalidOperationException($"Endpoint '{endpoint.DisplayName}' is not a route of the proxy.");
        var problems = new List<string>();
        var policy = RoutePolicy.Parse(model.Config, context, problems);
        return problems.Count == 0 ? policy : throw new InvalidOperationException(string.Join(' ', problems));
    }
}
