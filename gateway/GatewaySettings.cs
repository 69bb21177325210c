using Gateway.Keys;
using Gateway.Keys.Storage;
using Gateway.Telemetry;

namespace Gateway;

/// <summary>Every setting of the process, bound once and checked as a whole, and what is made of settings alone.</summary>
public sealed record GatewaySettings(
    Database Database,
    KeyOptions Keys,
    KeyFormat KeyFormat,
    KeyHasher KeyHasher,
    Roles Roles,
    ChangeOptions Changes,
    GatewayOptions Gateway,
    CacheOptions Cache,
    LastUsedOptions LastUsed,
    OpsOptions Ops,
    RedisOptions Redis,
    OtlpOptions Otlp,
    ClientAddress Addresses
)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem of every section.</exception>
    public static GatewaySettings Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        HostChecks.Check(configuration, problems);
        var store = Settings.Bind<StoreOptions>(configuration, "Store", problems);
        var keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        var roles = Settings.Bind<Dictionary<string, string[]>>(configuration, "Roles", problems);
        var gateway = Settings.Bind<GatewayOptions>(configuration, "Gateway", problems);
        var settings = new GatewaySettings(
            Make(() => Database.Create(store), problems)!,
            keys,
            Make(() => new KeyFormat(keys), problems)!,
            Make(() => new KeyHasher(keys), problems)!,
            Make(() => new Roles(roles, keys), problems)!,
            Settings.Bind<ChangeOptions>(configuration, "Changes", problems),
            gateway,
            Settings.Bind<CacheOptions>(configuration, "Cache", problems),
            Settings.Bind<LastUsedOptions>(configuration, "LastUsed", problems),
            Settings.Bind<OpsOptions>(configuration, "Ops", problems),
            Settings.Bind<RedisOptions>(configuration, "Redis", problems),
            Settings.Bind<OtlpOptions>(configuration, "Otlp", problems),
            ClientAddress.Read(gateway.TrustedProxies, gateway.ClientAddressHeader, problems)
        );
        settings.Changes.Validate(problems);
        RedisHints.Check(settings.Redis, problems);
        settings.Otlp.Validate(problems);
        settings.Validate(problems);
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    // Null when there are problems: then these settings are not used.
    private static T? Make<T>(Func<T> make, List<string> problems)
        where T : class
    {
        try
        {
            return make();
        }
        catch (SettingsException e)
        {
            problems.AddRange(e.Problems);
            return null;
        }
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
        if (!IsUrl(Ops.Url))
            problems.Add("Ops:Url must be one address to listen on, such as http://127.0.0.1:9090.");

        void AtLeast(string name, long value, long least)
        {
            if (value < least)
                problems.Add($"{name} must be {least} or more.");
        }
    }

    // As Kestrel reads it: * and + stand for every address.
    private static bool IsUrl(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Scheme is "http" or "https";
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
