namespace Gateway.Admin;

/// <summary>What the page of the fleet shows.</summary>
/// <param name="Fleet">As the API answers it.</param>
/// <param name="Running">Gateways that judge, or have not said that they stopped.</param>
/// <param name="Stopped">The last that stopped, newest first.</param>
/// <param name="MoreStopped">How many more have.</param>
public sealed record FleetModel(
    ListGateways.Response Fleet,
    IReadOnlyList<GatewayView> Running,
    IReadOnlyList<GatewayView> Stopped,
    int MoreStopped
);

/// <summary>The gateways and how far each has come: for operators.</summary>
public static class FleetPages
{
    /// <summary>Where it is.</summary>
    public const string Path = ConsoleApp.Root + "/fleet";

    // Rows of stopped gateways are kept for as long as changes are; a restart a day would bury what runs.
    private const int MaxStopped = 10;

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapPage(Path, ShowAsync).ForOperators();

    private static async Task<IResult> ShowAsync(HttpContext http)
    {
        if (!(await ListGateways.RunAsync(http.Admin())).TryGet(out var fleet, out var problem))
            return new RefusedPage(problem);
        var byState = fleet.Gateways.ToLookup(g => g.LeaseUntil is null);
        var stopped = byState[true].Reverse().ToList();
        return new Page<FleetPage, FleetModel>(
            new(
                fleet,
                [.. byState[false].OrderBy(g => g.Id, StringComparer.Ordinal)],
                [.. stopped.Take(MaxStopped)],
                Math.Max(0, stopped.Count - MaxStopped)
            )
        );
    }
}
