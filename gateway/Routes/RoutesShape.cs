using System.Collections.Frozen;

namespace Gateway;

/// <summary>What may stand where in a routes file.</summary>
internal abstract record Shape
{
    /// <summary>A text, number, true or false; YARP reads all of them as texts.</summary>
    public sealed record Value : Shape;

    /// <summary>One or more of the same.</summary>
    public sealed record List(Shape Item) : Shape;

    /// <summary>Names of the author's choice.</summary>
    public sealed record Map(Shape Item) : Shape;

    /// <summary>Known names, and names that are known but not taken, each with the reason.</summary>
    public sealed record Known(FrozenDictionary<string, Shape> Members, FrozenDictionary<string, string> Refused)
        : Shape;
}

/// <summary>
/// The names YARP 2.1 reads, all of them. YARP ignores every other name, and a list that is written as a text: then
/// <c>"Method": "GET"</c> would quietly make a route that takes any method. A test holds this table against YARP's types.
/// </summary>
internal static class RoutesShape
{
    private static readonly Shape Value = new Shape.Value();
    private static readonly Shape Values = new Shape.List(Value);
    private static readonly Shape Texts = new Shape.Map(Value);

    private const string OwnChecks = "is not taken: the gateway judges by the route's Metadata";

    public static readonly Shape.Known Route = Known(
        [
            ("Match", Match()),
            ("Order", Value),
            ("ClusterId", Value),
            ("Timeout", Value),
            ("MaxRequestBodySize", Value),
            ("Metadata", Texts),
            ("Transforms", new Shape.List(Texts)),
        ],
        [
            ("AuthorizationPolicy", OwnChecks),
            ("RateLimiterPolicy", "is not taken: limits belong to keys (rateLimit)"),
            ("CorsPolicy", "is not taken: a preflight is judged like any request; take OPTIONS on a route of its own"),
            ("OutputCachePolicy", "is not taken: a cached answer would be given without judging the key"),
            ("TimeoutPolicy", "is not taken: no named timeouts exist; state Timeout"),
        ]
    );

    public static readonly Shape.Known Cluster = Known([
        ("LoadBalancingPolicy", Value),
        ("SessionAffinity", SessionAffinity()),
        ("HealthCheck", HealthCheck()),
        ("HttpClient", HttpClient()),
        ("HttpRequest", Known(Plain("ActivityTimeout", "Version", "VersionPolicy", "AllowResponseBuffering"))),
        (
            "Destinations",
            new Shape.Map(Known([("Address", Value), ("Health", Value), ("Host", Value), ("Metadata", Texts)]))
        ),
        ("Metadata", Texts),
    ]);

    /// <summary>The whole file. <c>$schema</c> is for editors.</summary>
    public static readonly Shape.Known File = Known([
        ("$schema", Value),
        ("ReverseProxy", Known([("Routes", new Shape.Map(Route)), ("Clusters", new Shape.Map(Cluster))])),
    ]);

    private static Shape.Known Match() =>
        Known([
            ("Methods", Values),
            ("Hosts", Values),
            ("Path", Value),
            ("Headers", new Shape.List(Condition())),
            ("QueryParameters", new Shape.List(Condition())),
        ]);

    private static Shape.Known Condition() =>
        Known([("Name", Value), ("Values", Values), ("Mode", Value), ("IsCaseSensitive", Value)]);

    private static Shape.Known SessionAffinity() =>
        Known([
            .. Plain("Enabled", "Policy", "FailurePolicy", "AffinityKeyName"),
            (
                "Cookie",
                Known(
                    Plain(
                        "Path",
                        "SameSite",
                        "HttpOnly",
                        "MaxAge",
                        "Domain",
                        "IsEssential",
                        "SecurePolicy",
                        "Expiration"
                    )
                )
            ),
        ]);

    private static Shape.Known HealthCheck() =>
        Known([
            ("Passive", Known(Plain("Enabled", "Policy", "ReactivationPeriod"))),
            ("Active", Known(Plain("Enabled", "Interval", "Timeout", "Policy", "Path"))),
            ("AvailableDestinationsPolicy", Value),
        ]);

    private static Shape.Known HttpClient() =>
        Known([
            ("SslProtocols", Values),
            .. Plain(
                "DangerousAcceptAnyServerCertificate",
                "MaxConnectionsPerServer",
                "EnableMultipleHttp2Connections",
                "RequestHeaderEncoding",
                "ResponseHeaderEncoding"
            ),
            ("WebProxy", Known(Plain("Address", "BypassOnLocal", "UseDefaultCredentials"))),
        ]);

    private static (string, Shape)[] Plain(params string[] names) => [.. names.Select(n => (n, Value))];

    private static Shape.Known Known((string, Shape)[] members, (string, string)[]? refused = null) =>
        new(
            members.ToFrozenDictionary(m => m.Item1, m => m.Item2, StringComparer.OrdinalIgnoreCase),
            (refused ?? []).ToFrozenDictionary(r => r.Item1, r => r.Item2, StringComparer.OrdinalIgnoreCase)
        );
}
