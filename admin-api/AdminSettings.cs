using Gateway.Keys;
using Gateway.Keys.Storage;
using Gateway.Telemetry;

namespace Gateway.Admin;

/// <summary>Every setting of the process, bound once and checked as a whole, and what is made of settings alone.</summary>
public sealed record AdminSettings(
    Database Database,
    KeyOptions Keys,
    KeyFormat KeyFormat,
    KeyHasher KeyHasher,
    Roles Roles,
    ChangeOptions Changes,
    AdminOptions Admin,
    IpRanges TrustedProxies,
    AuditOptions Audit,
    UsageOptions Usage,
    RedisOptions Redis,
    EligibilityOptions Eligibility,
    OtlpOptions Otlp
)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem of every section.</exception>
    public static AdminSettings Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        var admin = Settings.Bind<AdminOptions>(configuration, "Admin", problems);
        var store = Settings.Bind<StoreOptions>(configuration, "Store", problems);
        var keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        var roles = Settings.Bind<Dictionary<string, string[]>>(configuration, "Roles", problems);
        var settings = new AdminSettings(
            Make(() => Database.Create(store), problems)!,
            keys,
            Make(() => new KeyFormat(keys), problems)!,
            Make(() => new KeyHasher(keys), problems)!,
            Make(() => new Roles(roles, keys), problems)!,
            Settings.Bind<ChangeOptions>(configuration, "Changes", problems),
            admin,
            IpRanges.Parse(admin.TrustedProxies, problems),
            Settings.Bind<AuditOptions>(configuration, "Audit", problems),
            Settings.Bind<UsageOptions>(configuration, "Usage", problems),
            Settings.Bind<RedisOptions>(configuration, "Redis", problems),
            Settings.Bind<EligibilityOptions>(configuration, "Eligibility", problems),
            Settings.Bind<OtlpOptions>(configuration, "Otlp", problems)
        );
        settings.Validate(problems);
        CheckForwardedHeaders(configuration, problems);
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    // It would rewrite the peer's address before we read it, from a header anybody can send. It comes from
    // ASPNETCORE_FORWARDEDHEADERS_ENABLED, or from a setting without the prefix; whatever is not plainly off counts.
    private static void CheckForwardedHeaders(IConfiguration configuration, List<string> problems)
    {
        const string Name = "FORWARDEDHEADERS_ENABLED";
        string?[] values = [configuration[Name], configuration["ASPNETCORE_" + Name], configuration["DOTNET_" + Name]];
        if (values.Any(v => v is not (null or "" or "0") && !v.Equals("false", StringComparison.OrdinalIgnoreCase)))
            problems.Add($"ASPNETCORE_{Name} must not be set: use Admin:TrustedProxies.");
    }

    private void Validate(List<string> problems)
    {
        Admin.Validate(problems);
        Changes.Validate(problems);
        Eligibility.Validate(problems);
        Otlp.Validate(problems);
        RedisHint.Check(Redis, problems);
        if (Keys.MaxActivePerAccount < 1)
            problems.Add("Keys:MaxActivePerAccount must be 1 or more.");
        if (Audit.KeepDays < 1)
            problems.Add("Audit:KeepDays must be 1 or more.");
        if (Usage.KeepDays < 1)
            problems.Add("Usage:KeepDays must be 1 or more.");
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
}
