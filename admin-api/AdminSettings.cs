using Gateway.Keys;
using Gateway.Telemetry;

namespace Gateway.Admin;

/// <summary>Every setting of the process, bound once and checked as a whole, and what is made of settings alone.</summary>
public sealed class AdminSettings : CommonSettings
{
    private AdminSettings(IConfiguration configuration, List<string> problems)
        : base(configuration, problems)
    {
        Admin = Settings.Bind<AdminOptions>(configuration, "Admin", problems);
        Audit = Settings.Bind<AuditOptions>(configuration, "Audit", problems);
        Usage = Settings.Bind<UsageOptions>(configuration, "Usage", problems);
        Redis = Settings.Bind<RedisOptions>(configuration, "Redis", problems);
        Leaks = Settings.Bind<LeakOptions>(configuration, "Leaks", problems);
        Eligibility = Settings.Bind<EligibilityOptions>(configuration, "Eligibility", problems);
        Otlp = Settings.Bind<OtlpOptions>(configuration, "Otlp", problems);
        List<string> unreadable = [];
        TrustedProxies = IpRanges.Parse(Admin.TrustedProxies, unreadable);
        problems.AddRange(unreadable.Select(p => $"Admin:TrustedProxies: {p}"));
        Validate(problems);
    }

    /// <summary>Section <c>Admin</c>.</summary>
    public AdminOptions Admin { get; }

    /// <summary>Section <c>Audit</c>.</summary>
    public AuditOptions Audit { get; }

    /// <summary>Section <c>Usage</c>.</summary>
    public UsageOptions Usage { get; }

    /// <summary>Section <c>Redis</c>.</summary>
    public RedisOptions Redis { get; }

    /// <summary>Section <c>Eligibility</c>.</summary>
    public EligibilityOptions Eligibility { get; }

    /// <summary>Section <c>Leaks</c>.</summary>
    public LeakOptions Leaks { get; }

    /// <summary>Section <c>Otlp</c>.</summary>
    public OtlpOptions Otlp { get; }

    /// <summary>The proxies in front; only their word is taken for where a request comes from.</summary>
    public IpRanges TrustedProxies { get; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem of every section.</exception>
    public static AdminSettings Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        Settings.RefuseForwardedHeaders(configuration, "Admin:TrustedProxies", problems);
        var settings = new AdminSettings(configuration, problems);
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    private void Validate(List<string> problems)
    {
        Admin.Validate(problems);
        Eligibility.Validate(problems);
        Leaks.Validate(problems);
        Otlp.Validate(problems);
        Redis.Validate(problems);
        if (Keys.MaxActivePerAccount is < 1 or > KeyOptions.MostActivePerAccount)
            problems.Add($"Keys:MaxActivePerAccount must be 1 to {KeyOptions.MostActivePerAccount}.");
        if (Audit.KeepDays is < 1 or > ChangeOptions.MostKeepDays)
            problems.Add($"Audit:KeepDays must be 1 to {ChangeOptions.MostKeepDays}.");
        if (Usage.KeepDays is < 1 or > ChangeOptions.MostKeepDays)
            problems.Add($"Usage:KeepDays must be 1 to {ChangeOptions.MostKeepDays}.");
    }
}
