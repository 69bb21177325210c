using System.Net;
using Gateway.Keys;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>What guard and routes say to a logged request.</summary>
/// <param name="Policy">Of the route it reaches; null when it reaches none.</param>
/// <param name="Refusal">Why it is refused; null when it reaches a route, or that cannot be told.</param>
/// <param name="Detail">Which rule it was, a constant.</param>
internal readonly record struct Replayed(RoutePolicy? Policy, DenyReason? Refusal, string? Detail)
{
    /// <summary>A header that the log does not have decides.</summary>
    public bool CannotBeTold => Policy is null && Refusal is null;
}

/// <summary>
/// Judges logged requests by the code that serves: <see cref="RequestGuard"/> and, by <see cref="RouteFinder"/>, routing.
/// Where routes ask for hosts or headers that a log does not have, a request that none of them takes is tried once more
/// on the same routes without that: if one does, nobody can tell.
/// </summary>
internal sealed class Replayer : IAsyncDisposable
{
    private readonly RequestGuard _guard;
    private readonly RouteFinder _routes;
    private readonly RouteFinder? _withoutHeaders;
    private readonly RouteFinder? _withoutHosts;

    public Replayer(CheckedRoutes routes, RouteContext context, RequestGuard guard)
    {
        (_guard, _routes) = (guard, new RouteFinder(routes, context));
        if (routes.Routes.Any(r => r.Match.Headers is { Count: > 0 }))
            _withoutHeaders = new RouteFinder(Loosened(routes, hosts: false), context);
        if (_withoutHeaders is not null || routes.Routes.Any(r => r.Match.Hosts is { Count: > 0 }))
            _withoutHosts = new RouteFinder(Loosened(routes, hosts: true), context);
    }

    /// <summary>Judges one.</summary>
    public async Task<Replayed> JudgeAsync(LoggedRequest request)
    {
        if (request.Kind is LogLineKind.NotHttp)
            return new(null, DenyReason.BadRequest, "there is no request line that could be read");
        if (request.Target.Length > KestrelSetup.RequestLineBytes)
            return new(null, DenyReason.BadRequest, "the request line is longer than the server takes");
        var reading = await ReadAsync(request, _routes);
        if (reading.Policy is not null || reading.Guard.Refusal is not null)
            return new(reading.Refusal is null ? reading.Policy : null, reading.Refusal, reading.Detail);
        var loose = request.Host is null ? _withoutHosts : _withoutHeaders;
        return loose is not null && (await ReadAsync(request, loose)).Policy is not null
            ? new(null, null, "a route for the path asks for a host or headers")
            : new(null, reading.Refusal, reading.Detail);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _routes.DisposeAsync();
        if (_withoutHeaders is not null)
            await _withoutHeaders.DisposeAsync();
        if (_withoutHosts is not null)
            await _withoutHosts.DisposeAsync();
    }

    private Task<RouteReading> ReadAsync(LoggedRequest request, RouteFinder routes) =>
        RouteReading.OfAsync(
            // The address is not looked at: it takes headers and a key to judge it.
            DescribedRequest.Make(request.Method, request.Target, request.Protocol, request.Host, IPAddress.Loopback),
            _guard,
            routes
        );

    // Each with an order of its own, so that routing need not choose between two that are now alike.
    private static CheckedRoutes Loosened(CheckedRoutes routes, bool hosts) =>
        routes with
        {
            Routes =
            [
                .. routes.Routes.Select((route, i) => route with { Order = i, Match = Loosened(route.Match, hosts) }),
            ],
        };

    private static RouteMatch Loosened(RouteMatch match, bool hosts) =>
        match with
        {
            Headers = null,
            Hosts = hosts ? null : match.Hosts,
        };
}
