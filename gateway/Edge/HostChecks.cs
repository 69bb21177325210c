using System.Globalization;
using System.Reflection;
using Gateway.Keys;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway;

/// <summary>
/// What must be true of the process before it may serve: switches of the framework that would undo the guard or the
/// client address are off, and the server is not one with a known hole.
/// </summary>
public static class HostChecks
{
    /// <summary>Makes Kestrel refuse a line that ends in a bare line feed; off by default.</summary>
    internal const string BareLineFeedSwitch = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    // The first brings back what CVE-2025-55315 was; the second leaves a connection open whose framing was in doubt.
    private static readonly string[] UnsafeSwitches =
    [
        "Microsoft.AspNetCore.Server.Kestrel.EnableInsecureChunkedRequestParsing",
        "Microsoft.AspNetCore.Server.Kestrel.AllowKeepAliveAfterCLTE",
    ];

    // Request smuggling by chunk extensions: fixed on 2025-10-14 with 10.0.0-rc.2.25502.107 (dotnet/announcements 371).
    private static readonly Version FirstFixed = new(10, 0, 0);
    private const int FirstFixedCandidate = 2;

    /// <summary>Adds a line for everything that is wrong with the process.</summary>
    /// <param name="configuration">The host's, with the environment in it.</param>
    /// <param name="problems">Reported with the problems of the settings, in one message.</param>
    public static void Check(IConfiguration configuration, ICollection<string> problems)
    {
        Settings.RefuseForwardedHeaders(configuration, "Gateway:TrustedProxies", problems);
        CheckSwitches(name => AppContext.TryGetSwitch(name, out var isOn) && isOn, problems);
        var version = typeof(KestrelServer)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;
        if (!IsFixed(version))
        {
            problems.Add(
                $"ASP.NET Core {version} is older than the fix of CVE-2025-55315 (request smuggling): use 10.0.0 or newer."
            );
        }
    }

    /// <summary>Adds a line for each switch that is on and must not be.</summary>
    public static void CheckSwitches(Predicate<string> isOn, ICollection<string> problems)
    {
        foreach (var name in UnsafeSwitches.Where(s => isOn(s)))
            problems.Add($"The runtime switch {name} must be off: requests could be smuggled past the guard.");
    }

    /// <summary>Whether a version of ASP.NET Core, such as <c>10.0.0-rc.1.25451.107+sha</c>, has the fix.</summary>
    public static bool IsFixed(string version)
    {
        var parts = version.Split('+')[0].Split('-', 2);
        if (!Version.TryParse(parts[0], out var release))
            return false;
        if (release != FirstFixed || parts.Length is 1)
            return release >= FirstFixed;
        var label = parts[1].Split('.');
        return label[0] is not ("alpha" or "preview")
            && (label[0] is not "rc" || int.Parse(label[1], CultureInfo.InvariantCulture) >= FirstFixedCandidate);
    }
}
