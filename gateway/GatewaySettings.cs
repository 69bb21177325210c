using Gateway.Keys;
using Gateway.Telemetry;

namespace Gateway;

/// <summary>Every setting of the process, bound once and checked as a whole, and what is made of settings alone.</summary>
public sealed class GatewaySettings : CommonSettings
{
    private GatewaySettings(IConfiguration configuration, List<string> problems)
        : base(configuration, problems)
    {
        Gateway = Settings.Bind<GatewayOptions>(configuration, "Gateway", problems);
        Cache = Settings.Bind<CacheOptions>(configuration, "Cache", problems);
        LastUsed = Settings.Bind<LastUsedOptions>(configuration, "LastUsed", problems);
        Ops = Settings.Bind<OpsOptions>(configuration, "Ops", problems);
        Redis = Settings.Bind<RedisOptions>(configuration, "Redis", problems);
        Limits = Settings.Bind<LimitOptions>(configuration, "Limits", problems);
        Otlp = Settings.Bind<OtlpOptions>(configuration, "Otlp", problems);
        Addresses = ClientAddress.Read(Gateway.TrustedProxies, Gateway.ClientAddressHeader, problems);
        ProxyPeers = Gateway.ProxyProtocol.Read(configuration, Gateway.TrustedProxies, problems);
        Validate(problems);
    }

    /// <summary>Section <c>Gateway</c>.</summary>
    public GatewayOptions Gateway { get; }

    /// <summary>Section <c>Cache</c>.</summary>
    public CacheOptions Cache { get; }

    /// <summary>Section <c>LastUsed</c>.</summary>
    public LastUsedOptions LastUsed { get; }

    /// <summary>Section <c>Ops</c>.</summary>
    public OpsOptions Ops { get; }

    /// <summary>Section <c>Redis</c>.</summary>
    public RedisOptions Redis { get; }

    /// <summary>Section <c>Limits</c>.</summary>
    public LimitOptions Limits { get; }

    /// <summary>Section <c>Otlp</c>.</summary>
    public OtlpOptions Otlp { get; }

    /// <summary>Whose word is taken for where a request comes from.</summary>
    public ClientAddress Addresses { get; }

    /// <summary>Who may send a PROXY protocol header.</summary>
    public IpRanges ProxyPeers { get; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem of every section.</exception>
    public static GatewaySettings Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        HostChecks.Check(configuration, problems);
        var settings = new GatewaySettings(configuration, problems);
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    private void Validate(List<string> problems)
    {
        Redis.Validate(problems);
        Limits.Validate(problems);
        Otlp.Validate(problems);
        Within("Cache:MaxKeys", Cache.MaxKeys, 1, CacheOptions.Most);
        Within("Cache:MaxUnknown", Cache.MaxUnknown, 1, CacheOptions.Most);
        Within("Cache:MaxLookups", Cache.MaxLookups, 1, CacheOptions.MostLookups);
        Within("Cache:MaxWaiting", Cache.MaxWaiting, 1, CacheOptions.Most);
        Within("Cache:LookupWaitMs", Cache.LookupWaitMs, 0, CacheOptions.LongestMs);
        Within("Cache:LookupTimeoutMs", Cache.LookupTimeoutMs, 1, CacheOptions.LongestMs);
        Within("LastUsed:FlushSeconds", LastUsed.FlushSeconds, 1, LastUsedOptions.LongestSeconds);
        Within("LastUsed:MaxPending", LastUsed.MaxPending, 1, CacheOptions.Most);
        Within("Gateway:MaxRequestBodyBytes", Gateway.MaxRequestBodyBytes, 0, long.MaxValue);
        Within("Gateway:DrainSeconds", Gateway.DrainSeconds, 0, GatewayOptions.LongestDrainSeconds);
        Within("Gateway:DrainDelaySeconds", Gateway.DrainDelaySeconds, 0, GatewayOptions.LongestDrainSeconds);
        if (Gateway.InstanceId.Length is 0 or > 100)
            problems.Add("Gateway:InstanceId must have 1 to 100 characters.");
        if (!IsUrl(Ops.Url))
            problems.Add("Ops:Url must be one address to listen on, such as http://127.0.0.1:9090.");

        void Within(string name, long value, long least, long most)
        {
            if (value < least || value > most)
                problems.Add($"{name} must be {least} to {most}.");
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
