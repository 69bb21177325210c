using System.Text;
using System.Text.Json;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// Reads routes and clusters by YARP's own loader, so that a file means here exactly what it means to YARP. The loader
/// is not public; what is public is to register it over a configuration, which a container that lives only for this
/// call does: one loader for each route and cluster, because a loader says of a bad value neither where it is nor goes
/// on after it, and because reading one configuration of all routes takes time that grows with its square.
/// </summary>
internal static class YarpReader
{
    private static readonly string[] Kinds = ["Routes", "Clusters"];

    /// <param name="proxy">The object <c>ReverseProxy</c>.</param>
    /// <param name="problems">Gets a line for each route or cluster that cannot be read.</param>
    /// <returns>What can be read.</returns>
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Read(
        JsonElement proxy,
        ICollection<string> problems
    )
    {
        var services = new ServiceCollection().AddLogging();
        var loaders = services.AddReverseProxy();
        var names = new List<string>();
        foreach (var (kind, part) in Parts(proxy))
        {
            if (Configuration(kind, part) is not { } configuration)
                continue;
            loaders.LoadFromConfig(configuration);
            names.Add($"{kind}:{part.Name}");
        }
        using var provider = services.BuildServiceProvider();
        return Load(names.Zip(provider.GetServices<IProxyConfigProvider>()), problems);
    }

    private static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Load(
        IEnumerable<(string Name, IProxyConfigProvider Loader)> parts,
        ICollection<string> problems
    )
    {
        var routes = new List<RouteConfig>();
        var clusters = new List<ClusterConfig>();
        foreach (var (name, loader) in parts)
        {
            try
            {
                var config = loader.GetConfig();
                routes.AddRange(config.Routes);
                clusters.AddRange(config.Clusters);
            }
            // What int.Parse, Enum.Parse, TimeSpan.ParseExact, Version.Parse and Uri throw.
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
            {
                problems.Add($"{name}: {e.Message}");
            }
        }
        return (routes, clusters);
    }

    private static IEnumerable<(string Kind, JsonProperty Part)> Parts(JsonElement proxy)
    {
        foreach (var group in proxy.EnumerateObject().Where(g => g.Value.ValueKind == JsonValueKind.Object))
        {
            if (Kinds.FirstOrDefault(k => k.Equals(group.Name, StringComparison.OrdinalIgnoreCase)) is not { } kind)
                continue;
            foreach (var part in group.Value.EnumerateObject())
                yield return (kind, part);
        }
    }

    private static IConfiguration? Configuration(string kind, JsonProperty part)
    {
        var json = $$"""{"{{kind}}": {"{{JsonEncodedText.Encode(part.Name)}}": {{part.Value.GetRawText()}} } }""";
        try
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json), writable: false);
            return new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (FormatException)
        {
            return null; // A name twice; RoutesJson has said so.
        }
    }
}
