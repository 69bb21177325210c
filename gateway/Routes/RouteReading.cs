using Gateway.Keys;

namespace Gateway;

/// <summary>What guard and routes say to a request: checks 0 and 1, for the commands.</summary>
/// <param name="Guard">What the guard said.</param>
/// <param name="Policy">Of the route that took the request; null when none did.</param>
/// <param name="Refusal">Why it is refused; null when it is judged further.</param>
/// <param name="Detail">Which rule it was, a constant; null when it is not refused.</param>
internal readonly record struct RouteReading(
    GuardResult Guard,
    RoutePolicy? Policy,
    DenyReason? Refusal,
    string? Detail
)
{
    /// <summary>Reads a request by the code that serves.</summary>
    public static async Task<RouteReading> OfAsync(HttpContext context, RequestGuard guard, RouteFinder finder)
    {
        var judged = guard.Judge(context);
        if (judged.Refusal is not null)
            return new(judged, null, judged.Refusal, judged.Detail);
        if (await finder.FindAsync(context) is { } policy)
        {
            return judged.Escapes.IsWithin(policy.AllowEncoded)
                ? new(judged, policy, null, null)
                : new(judged, policy, DenyReason.BadRequest, "the path has an escape the route does not allow");
        }
        // Routing has an endpoint of its own for a path that matches under another method.
        return context.GetEndpoint() is null
            ? new(judged, null, DenyReason.NoRoute, "no route takes the path")
            : new(judged, null, DenyReason.MethodNotAllowed, "the path has a route, the method has none");
    }
}
