namespace Gateway;

/// <summary>Finds routes that take some of the paths of a stricter one before it: <c>/v1/orders/export</c> for anyone
/// within <c>/v1/{**rest}</c> for keys. That is how exceptions are made, so it is no problem and <c>gateway check</c> is
/// silent on it; who looks over the routes should see each of them.</summary>
internal static class RouteShadows
{
    /// <summary>A line for each.</summary>
    /// <param name="routes">Routes as they are tried.</param>
    /// <param name="environments">All configured environments.</param>
    public static IEnumerable<string> Find(IReadOnlyList<JudgedRoute> routes, IReadOnlyList<string> environments)
    {
        for (var i = 0; i < routes.Count; i++)
        {
            for (var j = i + 1; j < routes.Count; j++)
            {
                var (first, second) = (routes[i], routes[j]);
                // Of one path: conditions decide, and the overlap check speaks of those.
                if (first.Order != second.Order || first.Path.Precedence == second.Path.Precedence)
                    continue;
                if (!first.Path.Overlaps(second.Path) || !first.Shares(second))
                    continue;
                if (PolicyStrictness.WhyLaxer(first.Policy, second.Policy, environments) is { } why)
                    yield return $"Routes:{first.Id}: takes paths of the stricter '{second.Id}' before it, and {why}";
            }
        }
    }
}
