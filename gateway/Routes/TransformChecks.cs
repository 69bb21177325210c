using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// YARP's transforms that would undo what the gateway promises: what the upstream sees of the caller is ours to say, and
/// the wallet that was judged is the wallet that is forwarded. All other transforms are the author's business.
/// </summary>
internal static class TransformChecks
{
    private const string RouteValue = "RequestHeaderRouteValue";

    private static readonly string[] HeaderKinds = ["RequestHeader", RouteValue, "RequestHeaderRemove", "ClientCert"];

    private static readonly string[] QueryKinds =
    [
        "QueryValueParameter",
        "QueryRouteParameter",
        "QueryRemoveParameter",
    ];

    private static readonly string[] SetByUs =
    [
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Forwarded",
    ];
    private const string OurPrefix = "X-Gateway-";

    // They say where a message ends and what becomes of the connection; a wrong one splits a request in two.
    private static readonly string[] Framing =
    [
        "Connection",
        "Content-Length",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ];

    /// <summary>Adds a line for each transform that is not taken.</summary>
    public static void Check(RouteConfig route, RoutePolicy policy, ICollection<string> problems)
    {
        var index = 0;
        foreach (var transform in route.Transforms ?? [])
        {
            if (Find(transform, route, policy) is { } what)
                problems.Add($"Routes:{route.RouteId}:Transforms:{index}: {what}");
            index++;
        }
    }

    private static string? Find(IReadOnlyDictionary<string, string> transform, RouteConfig route, RoutePolicy policy)
    {
        if (transform.ContainsKey("X-Forwarded") || transform.ContainsKey("Forwarded"))
            return "the gateway sets X-Forwarded-* from the client address it judged; take the transform away";
        if (
            transform.TryGetValue("RequestHeadersCopy", out var copy)
            && !copy.Equals("true", StringComparison.OrdinalIgnoreCase)
        )
            return "RequestHeadersCopy would drop the headers that say who calls; remove headers by name instead";
        if (transform.ContainsKey("RequestHeadersAllowed"))
            return "RequestHeadersAllowed would drop the headers that say who calls; remove headers by name instead";
        if (transform.TryGetValue("PathPattern", out var pattern) && FindInPath(pattern, route) is { } part)
            return $"PathPattern uses {{{part}}}, which is a part of a segment: a client could make '..' of it";
        foreach (var kind in HeaderKinds)
        {
            if (transform.TryGetValue(kind, out var header))
                return FindHeader(kind, header, transform, policy);
        }
        foreach (var kind in QueryKinds)
        {
            if (
                transform.TryGetValue(kind, out var name)
                && policy.Wallet.Source == WalletSource.Query
                && Same(name, policy.Wallet.Name)
            )
                return $"{kind} changes '{name}', which names the wallet that was judged";
        }
        return null;
    }

    private static string? FindHeader(
        string kind,
        string header,
        IReadOnlyDictionary<string, string> transform,
        RoutePolicy policy
    )
    {
        if (IsOurs(header))
            return $"{kind} changes '{header}', which only the gateway says";
        // Fixed values are fine there: the upstream may need one, and no client can send the header.
        if (kind == RouteValue && ReservedHeaders.IsReserved(header))
            return $"{kind} lets the client say '{header}', which is taken off every request for that reason";
        if (Framing.Contains(header, StringComparer.OrdinalIgnoreCase))
            return $"{kind} changes '{header}', which belongs to the connection";
        if (policy.Wallet.Source == WalletSource.Header && Same(header, policy.Wallet.Name))
            return $"{kind} changes '{header}', which names the wallet that was judged";
        if (!Same(header, "Authorization"))
            return null;
        if (policy.ForwardCredential)
            return $"{kind} changes 'Authorization', but Credential is 'forward'";
        // A fixed credential of the gateway's own for the upstream is fine; whatever the client has a say in is not.
        return kind == "RequestHeader" && transform.ContainsKey("Set") || kind == "RequestHeaderRemove"
            ? null
            : $"{kind} lets the client say 'Authorization'; only a fixed value (Set) is taken";
    }

    // The guard has looked at whole segments: 'v-...json' passes, and {a} of 'v-{a}.json' is then '..'.
    private static string? FindInPath(string pattern, RouteConfig route)
    {
        var parts = RoutePaths
            .TryParse(route.Match?.Path)
            ?.PathSegments.Where(s => !s.IsSimple)
            .SelectMany(s => s.Parts.OfType<RoutePatternParameterPart>())
            .Select(p => p.Name);
        return parts?.FirstOrDefault(p => RoutePaths.TryParse(pattern)?.GetParameter(p) is not null);
    }

    // Spelled however: upstreams fold header names.
    private static bool IsOurs(string header) =>
        SetByUs.Any(h => ReservedHeaders.SameWhenFolded(h, header))
        || header.Length >= OurPrefix.Length
            && ReservedHeaders.SameWhenFolded(header.AsSpan(0, OurPrefix.Length), OurPrefix);

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
