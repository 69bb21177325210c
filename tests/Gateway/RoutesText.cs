using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Writes routes files for tests, and has them checked by what serves.</summary>
internal static class RoutesText
{
    public static readonly RouteContext Context = new(["sandbox", "production"], TimeSpan.FromSeconds(60));

    public const string Clusters = """{"c": {"Destinations": {"d": {"Address": "http://127.0.0.1:1"}}}}""";

    /// <summary>A file with the given routes, each as a line: id, methods (or *), path, metadata; as in
    /// <c>read GET,HEAD /v1/{**rest} Permissions=a:read</c>. Further members of Match follow as JSON after <c>|</c>.</summary>
    public static string Of(params string[] lines)
    {
        var routes = new JsonObject();
        foreach (var line in lines)
        {
            var halves = line.Split('|', 2);
            var words = halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var match = JsonNode.Parse(halves.Length > 1 ? halves[1] : "{}")!.AsObject();
            var order = match.Remove("Order", out var stated) ? stated : null;
            if (words[1] != "*")
                match["Methods"] = new JsonArray([.. words[1].Split(',').Select(m => JsonValue.Create(m))]);
            match["Path"] = words[2];
            var route = new JsonObject { ["ClusterId"] = "c", ["Match"] = match };
            if (order is not null)
                route["Order"] = order;
            route["Metadata"] = Metadata(words[3..]);
            routes[words[0]] = route;
        }
        return File(routes.ToJsonString());
    }

    /// <summary>A file with the given routes and the cluster <c>c</c>.</summary>
    public static string File(string routes, string clusters = Clusters) =>
        $$"""{"ReverseProxy": {"Routes": {{routes}}, "Clusters": {{clusters}} } }""";

    public static CheckedRoutes Check(string text)
    {
        using var services = Services();
        return services.GetRequiredService<RoutesChecker>().CheckAsync(Encoding.UTF8.GetBytes(text)).Result;
    }

    public static ServiceProvider Services()
    {
        var services = new ServiceCollection().AddLogging();
        RoutesFile.AddChecker(services, Context);
        return services.BuildServiceProvider();
    }

    // An underscore stands for the spaces of a list.
    private static JsonObject Metadata(IEnumerable<string> pairs) =>
        new(
            pairs.Select(p => p.Split('=', 2)).Select(p => KeyValuePair.Create(p[0], (JsonNode?)p[1].Replace('_', ' ')))
        );
}
