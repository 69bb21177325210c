using System.Security.Authentication;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>What YARP takes of a cluster and only finds out when a request comes.</summary>
internal static class ClusterChecks
{
    // SYSLIB0039 and CS0618 mark them as what they are; they are named here to be reported, not used.
    private const SslProtocols Outdated = (SslProtocols)(0x0C | 0x30 | 0xC0 | 0x300);

    /// <summary>Adds a line for each problem, and for each thing that is taken but should be looked at.</summary>
    public static void Check(ClusterConfig cluster, ICollection<string> problems, ICollection<string> warnings)
    {
        var at = $"Clusters:{cluster.ClusterId}";
        if (cluster.Destinations is not { Count: > 0 })
            warnings.Add($"{at}:Destinations: there are none; every request is answered 503");
        foreach (var (name, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            CheckAddress(destination.Address, $"{at}:Destinations:{name}:Address", problems);
            CheckAddress(destination.Health, $"{at}:Destinations:{name}:Health", problems);
        }
        if (cluster.HttpClient?.DangerousAcceptAnyServerCertificate is true)
            warnings.Add(
                $"{at}:HttpClient:DangerousAcceptAnyServerCertificate: whoever answers at the address is trusted, "
                    + "with everything that is forwarded"
            );
        if ((cluster.HttpClient?.SslProtocols & Outdated) is { } old and not SslProtocols.None)
            warnings.Add($"{at}:HttpClient:SslProtocols: {old} can be broken; leave the choice to the system");
    }

    private static void CheckAddress(string? address, string at, ICollection<string> problems)
    {
        if (string.IsNullOrEmpty(address))
            return; // YARP's validator says so where one is needed.
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            problems.Add($"{at}: is not an absolute http or https address");
        else if (uri.UserInfo.Length > 0)
            problems.Add($"{at}: has a user name; set a header by a transform instead");
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            problems.Add($"{at}: has a query or fragment, which is not forwarded");
    }
}
