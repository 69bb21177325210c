namespace Gateway.Tests;

/// <summary>The routes of a run, as the gateways read them and as the checker is told of them.</summary>
public static class ChaosRoutes
{
    /// <summary>What a route that says nothing allows.</summary>
    public static readonly TimeSpan DefaultStaleness = TimeSpan.FromSeconds(5);

    /// <summary>Streams are opened on this one.</summary>
    public const string Streams = "streams";

    private const string Read = "things:read";

    /// <summary>What each demands.</summary>
    public static readonly IReadOnlyList<RouteFacts> All =
    [
        new()
        {
            Name = "now",
            Permissions = Read,
            MaxStaleness = TimeSpan.Zero,
        },
        new()
        {
            Name = "soon",
            Permissions = Read,
            MaxStaleness = TimeSpan.FromSeconds(2),
        },
        new()
        {
            Name = "later",
            Permissions = Read,
            MaxStaleness = DefaultStaleness,
        },
        new()
        {
            Name = "write",
            Permissions = "things:read things:write",
            MaxStaleness = TimeSpan.FromSeconds(2),
        },
        new()
        {
            Name = "wallet",
            Permissions = Read,
            Wallet = RouteWallet.Named,
            MaxStaleness = DefaultStaleness,
        },
        new()
        {
            Name = "any",
            Wallet = RouteWallet.Any,
            MaxStaleness = DefaultStaleness,
        },
        new()
        {
            Name = "live",
            Environments = "production",
            MaxStaleness = DefaultStaleness,
        },
        new()
        {
            Name = Streams,
            Permissions = Read,
            Wallet = RouteWallet.Any,
            MaxStaleness = DefaultStaleness,
        },
    ];

    /// <summary>The routes file.</summary>
    public static string For(string upstream) =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": { {{string.Join(",", All.Select(Route))}} },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "{{upstream}}" } } } }
              }
            }
            """;

    private static string Route(RouteFacts route) =>
        $$"""
            "{{route.Name}}": {
              "ClusterId": "up",
              "Match": { "Path": "/v1/{{route.Name}}/{**rest}" },
              "Metadata": { {{string.Join(", ", Policy(route).Select(p => $"\"{p.Key}\": \"{p.Value}\""))}} }
            }
            """;

    private static IEnumerable<KeyValuePair<string, string>> Policy(RouteFacts route)
    {
        if (route.Permissions.Length > 0)
            yield return new("Permissions", route.Permissions);
        else
            yield return new("Access", "key");
        if (route.Environments.Length > 0)
            yield return new("Environments", route.Environments);
        if (route.Wallet == RouteWallet.Named)
            yield return new("Wallet", "query:wallet");
        else if (route.Wallet == RouteWallet.Any)
            yield return new("Wallet", "any");
        if (route.MaxStaleness != DefaultStaleness)
            yield return new("MaxStaleness", $"{route.MaxStaleness.TotalSeconds}s");
    }
}
