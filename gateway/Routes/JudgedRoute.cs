using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>A route with its policy, made for comparing it with others.</summary>
internal sealed class JudgedRoute
{
    public JudgedRoute(RouteConfig route, RoutePolicy policy, RoutePath path)
    {
        Id = route.RouteId;
        Policy = policy;
        Path = path;
        Order = route.Order ?? 0;
        Methods = route.Match.Methods is { Count: > 0 } methods ? methods : null;
        Hosts = route.Match.Hosts is { Count: > 0 } hosts ? hosts : null;
        Conditions = RouteCondition.Read(route.Match);
        HeaderCount = route.Match.Headers?.Count ?? 0;
        QueryCount = route.Match.QueryParameters?.Count ?? 0;
    }

    public string Id { get; }
    public RoutePolicy Policy { get; }
    public RoutePath Path { get; }
    public int Order { get; }
    public IReadOnlyList<string>? Methods { get; }
    public IReadOnlyList<string>? Hosts { get; }
    public RouteCondition[] Conditions { get; }
    private int HeaderCount { get; }
    private int QueryCount { get; }

    public bool SharesMethod(JudgedRoute other) =>
        Methods is null
        || other.Methods is null
        || Methods.Intersect(other.Methods, StringComparer.OrdinalIgnoreCase).Any();

    public bool SharesHost(JudgedRoute other) =>
        Hosts is null || other.Hosts is null || HostNames.Overlap(Hosts, other.Hosts);

    /// <summary>Whether a request whose path both take can be taken by both.</summary>
    public bool Shares(JudgedRoute other) =>
        SharesMethod(other) && SharesHost(other) && !Conditions.Any(c => other.Conditions.Any(c.Excludes));

    /// <summary>
    /// Which of two routes that both match a request is chosen: less than 0 for <paramref name="a"/>, 0 for an error 500
    /// (<c>AmbiguousMatchException</c>). After <c>Order</c> and the path come the comparers of routing's policies, in
    /// the order of those: methods (-1000), hosts (-100), headers (-50) and query (-25), each "states some" or "states
    /// more" first. Source: EndpointComparer of ASP.NET Core, HeaderMatcherPolicy and QueryParameterMatcherPolicy of YARP.
    /// </summary>
    public static int Compare(JudgedRoute a, JudgedRoute b) =>
        a.Order != b.Order ? a.Order.CompareTo(b.Order) : CompareWithoutOrder(a, b);

    /// <summary>The same, had neither stated an <c>Order</c>.</summary>
    public static int CompareWithoutOrder(JudgedRoute a, JudgedRoute b)
    {
        var path = a.Path.Precedence.CompareTo(b.Path.Precedence);
        if (path != 0)
            return path;
        if (a.Methods is null != b.Methods is null)
            return a.Methods is null ? 1 : -1;
        if (a.Hosts is null != b.Hosts is null)
            return a.Hosts is null ? 1 : -1;
        var headers = b.HeaderCount.CompareTo(a.HeaderCount);
        return headers != 0 ? headers : b.QueryCount.CompareTo(a.QueryCount);
    }
}
