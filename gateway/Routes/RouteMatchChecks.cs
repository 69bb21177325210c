using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>What a route wants of a request besides its path, and what of it can never be, or is not what it seems.</summary>
internal static class RouteMatchChecks
{
    /// <summary>Adds a line for each problem.</summary>
    public static void Check(RouteConfig route, ICollection<string> problems)
    {
        var at = $"Routes:{route.RouteId}:Match";
        if (route.Match?.Methods?.Contains("TRACE", StringComparer.OrdinalIgnoreCase) is true)
            problems.Add($"{at}:Methods: TRACE is refused before routing");
        foreach (var host in route.Match?.Hosts ?? [])
        {
            if (!HostNames.IsHost(host))
                problems.Add(
                    $"{at}:Hosts: '{host}' is not a host; write 'api.example.com', '*.example.com', with ':port' or not"
                );
        }
        foreach (var header in route.Match?.Headers ?? [])
        {
            // Routing comes before the headers are cleared, so what it would see is what the client made up.
            if (ReservedHeaders.IsReserved(header.Name))
                problems.Add(
                    $"{at}:Headers: '{header.Name}' is whatever a client sends here; the gateway sets it after routing"
                );
        }
    }
}
