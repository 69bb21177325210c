using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>Routes as a table for people: columns as wide as what stands in them.</summary>
internal static class RouteTable
{
    private static readonly string[] Head = ["ROUTE", "METHODS", "PATH", "NEEDS", "WALLET", "STALE", "TO", "ALSO"];

    public static void Write(CheckedRoutes routes, TextWriter output)
    {
        List<string[]> rows = [Head, .. InOrder(routes).Select(r => Row(r.Route, r.Policy))];
        var widths = Head.Select((_, column) => rows.Max(r => r[column].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>Routes with their policies, as they are tried.</summary>
    public static IEnumerable<(RouteConfig Route, RoutePolicy Policy)> InOrder(CheckedRoutes routes)
    {
        var rank = routes.Judged.Select((r, i) => (r.Id, i)).ToDictionary(r => r.Id, r => r.i, StringComparer.Ordinal);
        return routes
            .Routes.Zip(routes.Policies)
            .OrderBy(r => rank.GetValueOrDefault(r.First.RouteId, int.MaxValue))
            .Select(r => (r.First, r.Second));
    }

    private static string[] Row(RouteConfig route, RoutePolicy policy) =>
        [
            route.RouteId,
            route.Match.Methods is { Count: > 0 } methods ? string.Join(',', methods) : "any",
            route.Match.Path ?? "any",
            Needs(policy),
            policy.Anonymous ? "" : policy.Wallet.ToString(),
            policy.Anonymous ? "" : Durations.Format(policy.MaxStaleness),
            To(route, policy),
            string.Join("; ", Also(route, policy)),
        ];

    private static string Needs(RoutePolicy policy)
    {
        if (policy.Anonymous)
            return "nothing";
        var needs = policy.Permissions.Count == 0 ? "any key" : policy.ScopeText;
        return policy.Environments is null ? needs : $"{needs} ({string.Join(' ', policy.Environments)})";
    }

    private static string To(RouteConfig route, RoutePolicy policy) =>
        policy.HasClusters
            ? string.Join(
                ' ',
                policy.Clusters.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}:{c.Value}")
            )
            : route.ClusterId!;

    private static IEnumerable<string> Also(RouteConfig route, RoutePolicy policy)
    {
        if (route.Match.Hosts is { Count: > 0 } hosts)
            yield return $"hosts {string.Join(' ', hosts)}";
        foreach (var condition in RouteCondition.Read(route.Match))
            yield return $"if {condition.Subject}";
        if (policy.ForwardCredential)
            yield return "key forwarded";
        if (route.Order is { } order)
            yield return $"order {order}";
        if (route.Transforms is { Count: > 0 } transforms)
            yield return $"{transforms.Count} transforms";
    }
}
