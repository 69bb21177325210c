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

    /// <summary>
    /// Adds a line for each thing in a pattern that no request can ever match. Such a route is not harmless: the requests
    /// it was written for go to a more general one. A constraint nobody knows is worse: routing as a whole then fails.
    /// </summary>
    public static void Check(RoutePattern pattern, ParameterPolicyFactory constraints, Action<string> problem)
    {
        foreach (var segment in pattern.PathSegments)
        {
            if (
                segment.Parts[^1] is RoutePatternLiteralPart { Content: var last }
                && (last.EndsWith('.') || last.EndsWith(' '))
            )
                problem($"the segment '{last}' ends in a dot or a space; the guard refuses that in requests");
            foreach (var literal in segment.Parts.OfType<RoutePatternLiteralPart>().Select(p => p.Content))
            {
                if (literal.AsSpan().ContainsAny('%', '\\', '#'))
                    problem($"'{literal}' has % \\ or #; write the decoded path, the guard refuses what is left");
            }
        }
        foreach (var parameter in pattern.Parameters)
        {
            if (Constraints(parameter, constraints) is null)
                problem($"{{{parameter.Name}}} has a constraint that routing does not know");
        }
    }

    /// <summary>The constraints of a parameter; null when one is not known.</summary>
    public static IReadOnlyList<IRouteConstraint>? Constraints(
        RoutePatternParameterPart parameter,
        ParameterPolicyFactory factory
    )
    {
        try
        {
            return
            [
                .. parameter.ParameterPolicies.Select(p => factory.Create(parameter, p)).OfType<IRouteConstraint>(),
            ];
        }
        catch (Exception e)
            when (e is InvalidOperationException or RouteCreationException or ArgumentException or FormatException)
        {
            return null;
        }
    }
}
