using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Every setting of the process, bound once and checked as a whole.</summary>
public sealed record AdminSettings(
    StoreOptions Store,
    KeyOptions Keys,
    Roles Roles,
    ChangeOptions Changes,
    AdminOptions Admin,
    IpRanges TrustedProxies,
    AuditOptions Audit,
    UsageOptions Usage,
    RedisOptions Redis,
    EligibilityOptions Eligibility
)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem of every section.</exception>
    public static AdminSettings Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        var admin = Settings.Bind<AdminOptions>(configuration, "Admin", problems);
        var keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        var settings = new AdminSettings(
            Settings.Bind<StoreOptions>(configuration, "Store", problems),
            keys,
            ReadRoles(configuration, keys, problems),
            Settings.Bind<ChangeOptions>(configuration, "Changes", problems),
            admin,
            IpRanges.Parse(admin.TrustedProxies, problems),
            Settings.Bind<AuditOptions>(configuration, "Audit", problems),
            Settings.Bind<UsageOptions>(configuration, "Usage", problems),
            Settings.Bind<RedisOptions>(configuration, "Redis", problems),
            Settings.Bind<EligibilityOptions>(configuration, "Eligibility", problems)
        );
        settings.Admin.Validate(problems);
        settings.Changes.Validate(problems);
        settings.Eligibility.Validate(problems);
        if (keys.MaxActivePerAccount < 1)
            problems.Add("Keys:MaxActivePerAccount must be 1 or more.");
        if (settings.Audit.KeepDays < 1)
            problems.Add("Audit:KeepDays must be 1 or more.");
        if (settings.Usage.KeepDays < 1)
            problems.Add("Usage:KeepDays must be 1 or more.");
        // It would rewrite the peer's address before we read it, from a header anybody can send.
        if (configuration.GetValue<bool>("FORWARDEDHEADERS_ENABLED"))
            problems.Add("ASPNETCORE_FORWARDEDHEADERS_ENABLED must not be set: use Admin:TrustedProxies.");
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    private static Roles ReadRoles(IConfiguration configuration, KeyOptions keys, List<string> problems)
    {
        var configured = Settings.Bind<Dictionary<string, string[]>>(configuration, "Roles", problems);
        try
        {
            return new Roles(configured, keys);
        }
        catch (SettingsException e)
        {
            problems.AddRange(e.Problems);
            return new Roles(new Dictionary<string, string[]>());
        }
    }
}
