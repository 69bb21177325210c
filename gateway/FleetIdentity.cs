using System.Reflection;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>Who this process is in the fleet.</summary>
/// <param name="InstanceId">The label people know it by.</param>
/// <param name="SettingsHash">Tells whether all processes run with the same roles, peppers and environments.</param>
public sealed record FleetIdentity(string InstanceId, string SettingsHash)
{
    /// <summary>Version of this build.</summary>
    public static string Version { get; } =
        typeof(FleetIdentity)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;

    /// <summary>The row of a new incarnation.</summary>
    public GatewayRow NewRow(TimeSpan lease, TimeSpan maxStaleness, DateTimeOffset now) =>
        new(Ids.Random(), InstanceId, Version, SettingsHash, GatewayRow.Open, 0, 0, lease, maxStaleness, now, now);
}
