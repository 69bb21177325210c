using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the page of routes shows.</summary>
/// <param name="Versions">The versions that are served, by how many gateways serve them.</param>
/// <param name="Silent">Running gateways that have not said what they serve.</param>
/// <param name="Shown">The version that is shown; null for none.</param>
/// <param name="Table">Its routes; null when there is none to be read.</param>
/// <param name="Routes">Those of them that were searched for.</param>
/// <param name="Search">What for; empty for all.</param>
public sealed record RoutesModel(
    IReadOnlyList<ServedVersion> Versions,
    IReadOnlyList<string> Silent,
    ServedVersion? Shown,
    PublishedRoutes? Table,
    IReadOnlyList<PublishedRoute> Routes,
    string Search
);

/// <summary>A version of the routes, and who serves it.</summary>
/// <param name="Version">Its hash.</param>
/// <param name="Gateways">Who serves it; at least one.</param>
public sealed record ServedVersion(string Version, IReadOnlyList<ServedRoutes> Gateways)
{
    /// <summary>Their labels.</summary>
    public string Names => string.Join(", ", Gateways.Select(g => g.InstanceId));
}

/// <summary>The route table as the gateways run it: for operators. Each gateway tells its own; nothing here knows the routes
/// file.</summary>
public static class RoutesPages
{
    /// <summary>Where it is.</summary>
    public const string Path = ConsoleApp.Root + "/routes";

    private const int MaxSearchLength = 100;

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapPage(Path, ShowAsync).ForOperators();

    private static async Task<IResult> ShowAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var search = query["q"].ToString().Trim();
        search = search.Length <= MaxSearchLength ? search : search[..MaxSearchLength];
        var model = await http.Admin()
            .Database.ReadAsync(async session =>
            {
                var served = await session.ListServedRoutesAsync();
                var versions = VersionsOf(served);
                var shown = versions.FirstOrDefault(v => v.Version == query["version"]) ?? versions.FirstOrDefault();
                var table = shown is null ? null : await session.GetRoutesAsync(shown.Gateways[0].Incarnation);
                return new RoutesModel(
                    versions,
                    [.. served.Where(s => s.Version is null).Select(s => s.InstanceId)],
                    shown,
                    table,
                    [.. (table?.Routes ?? []).Where(r => Has(r, search))],
                    search
                );
            });
        return new Page<RoutesPage, RoutesModel>(model);
    }

    private static List<ServedVersion> VersionsOf(List<ServedRoutes> served) =>
        [
            .. served
                .Where(s => s.Version is not null)
                .GroupBy(s => s.Version!, StringComparer.Ordinal)
                .Select(g => new ServedVersion(g.Key, [.. g]))
                .OrderByDescending(v => v.Gateways.Count)
                .ThenBy(v => v.Version, StringComparer.Ordinal),
        ];

    private static bool Has(PublishedRoute route, string search) =>
        route
            .Permissions.Concat(route.Methods)
            .Concat(route.Hosts)
            .Concat(route.Clusters)
            .Append(route.Id)
            .Append(route.Path ?? "")
            .Any(text => text.Contains(search, StringComparison.OrdinalIgnoreCase));
}
