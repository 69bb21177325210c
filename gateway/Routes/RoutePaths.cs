using Microsoft.AspNetCore.Routing.Patterns;

namespace Gateway;

/// <summary>The paths of routes, as ASP.NET routing reads them.</summary>
internal static class RoutePaths
{
    // What YARP routes a route by that states hosts and no path.
    private const string Everything = "/{**catchall}";

    /// <summary>The pattern; null when the path cannot be read, which YARP's own validator reports.</summary>
    public static RoutePattern? TryParse(string? path)
    {
        try
        {
            return RoutePatternFactory.Parse(string.IsNullOrEmpty(path) ? Everything : path);
        }
        catch (RoutePatternException)
        {
            return null;
        }
    }
}
