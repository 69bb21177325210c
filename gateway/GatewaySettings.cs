using Gateway.Keys;

namespace Gateway;

/// <summary>Every setting of the process, bound once and checked as a whole.</summary>
public sealed record GatewaySettings(
    StoreOptions Store,
    KeyOptions Keys,
    Roles Roles,
    ChangeOptions Changes,
    GatewayOptions Gateway,
    CacheOptions Cache,
    LastUsedOptions LastUsed,
    OpsOptions Ops,
    RedisOptions Redis,
    ClientAddress Addresses
)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem of every section.</exception>
    public static GatewaySettings Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        HostChecks.Check(configuration, problems);
        var keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        var gateway = Settings.Bind<GatewayOptions>(configuration, "Gateway", problems);
        var settings = new GatewaySettings(
            Settings.Bind<StoreOptions>(configuration, "Store", problems),
            keys,
            ReadRoles(configuration, keys, problems),
            Settings.Bind<ChangeOptions>(configuration, "Changes", problems),
            gateway,
            Settings.Bind<CacheOptions>(configuration, "Cache", problems),
            Settings.Bind<LastUsedOptions>(configuration, "LastUsed", problems),
            Settings.Bind<OpsOptions>(configuration, "Ops", problems),
            Settings.Bind<RedisOptions>(configuration, "Redis", problems),
            ClientAddress.Read(gateway.TrustedProxies, gateway.ClientAddressHeader, problems)
        );
        settings.Changes.Validate(problems);
        settings.Validate(problems);
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    private void Validate(List<string> problems)
    {
        AtLeast("Cache:MaxKeys", Cache.MaxKeys, 1);
        AtLeast("Cache:MaxUnknown", Cache.MaxUnknown, 1);
        AtLeast("Cache:MaxLookups", Cache.MaxLookups, 1);
        AtLeast("Cache:MaxWaiting", Cache.MaxWaiting, 1);
        AtLeast("Cache:LookupWaitMs", Cache.LookupWaitMs, 0);
        AtLeast("Cache:LookupTimeoutMs", Cache.LookupTimeoutMs, 1);
        AtLeast("LastUsed:FlushSeconds", LastUsed.FlushSeconds, 1);
        AtLeast("LastUsed:MaxPending", LastUsed.MaxPending, 1);
        AtLeast("Gateway:MaxRequestBodyBytes", Gateway.MaxRequestBodyBytes, 0);
        AtLeast("Gateway:DrainSeconds", Gateway.DrainSeconds, 0);
        if (Gateway.InstanceId.Length is 0 or > 100)
            problems.Add("Gateway:InstanceId must have 1 to 100 characters.");

        void AtLeast(string name, long value, long least)
        {
            if (value < least)
                problems.Add($"{name} must be {least} or more.");
        }
    }

    private static Roles ReadRoles(IConfiguration configuration, KeyOptions keys, List<string> problems)
    {
        try
        {
            return new Roles(Settings.Bind<Dictionary<string, string[]>>(configuration, "Roles", problems), keys);
        }
        catch (SettingsException e)
        {
            problems.AddRange(e.Problems);
            return new Roles(new Dictionary<string, string[]>());
        }
    }
}
