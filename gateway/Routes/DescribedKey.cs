using System.CommandLine;
using Gateway.Keys;

namespace Gateway;

/// <summary>A key that is described on the command line instead of read from a store.</summary>
internal static class DescribedKey
{
    private static readonly Option<string?> Environment = new("--environment")
    {
        Description = "A key that is described: its environment.",
    };

    private static readonly Option<string?> Role = new("--role") { Description = "… its role." };

    private static readonly Option<string[]> Permissions = Many("--permissions", "… its own grants, such as '*:read'.");

    private static readonly Option<string[]> AllowedIps = Many("--allowed-ips", "… addresses it may be used from.");

    private static readonly Option<string[]> Wallets = Many(
        "--wallets",
        "… the only wallets it may act for; 'w1=tokens:read,tokens:list' narrows its permissions for one."
    );

    private static readonly Option<DateTimeOffset?> ExpiresAt = new("--expires-at")
    {
        Description = "… its expiry, such as 2030-12-31T23:59:59Z.",
    };
    private static readonly Option<bool> Disabled = new("--disabled") { Description = "… it is switched off." };
    private static readonly Option<bool> Revoked = new("--revoked") { Description = "… it is revoked." };
    private static readonly Option<bool> Suspended = new("--suspended") { Description = "… its account is suspended." };

    /// <summary>The options that describe one.</summary>
    public static IReadOnlyList<Option> Options { get; } =
    [Environment, Role, Permissions, AllowedIps, Wallets, ExpiresAt, Disabled, Revoked, Suspended];

    /// <summary>Whether a key is described.</summary>
    public static bool IsIn(ParseResult parsed) => Options.Any(o => parsed.GetResult(o) is { Implicit: false });

    /// <summary>Makes the key.</summary>
    /// <exception cref="SettingsException">Lists everything that no key could be.</exception>
    public static CachedKey Read(ParseResult parsed, GatewaySettings settings, DateTimeOffset now)
    {
        var problems = new List<string>();
        var environment = ReadEnvironment(parsed.GetValue(Environment), settings.KeyFormat, problems);
        var record = new KeyRecord
        {
            Id = "key_described",
            AccountId = "acc_described",
            LineId = "key_described",
            CreatedBy = "acc_described",
            Name = "described",
            KeyPrefix = environment?.Prefix ?? "",
            Hash = [],
            Environment = environment?.Name ?? "",
            Role = ReadRole(parsed.GetValue(Role), settings.Roles, problems),
            Permissions = ReadGrants(parsed.GetValue(Permissions), "--permissions", problems),
            AllowedIps = ReadAddresses(parsed.GetValue(AllowedIps), problems),
            WalletBindings = ReadWallets(parsed.GetValue(Wallets) ?? [], problems),
            WalletScope = parsed.GetValue(Wallets) is { Length: > 0 } ? WalletScope.Selected : WalletScope.All,
            ExpiresAt = parsed.GetValue(ExpiresAt),
            DisabledAt = parsed.GetValue(Disabled) ? now : null,
            RevokedAt = parsed.GetValue(Revoked) ? now : null,
        };
        return problems.Count == 0
            ? new CachedKey(new(record, parsed.GetValue(Suspended)), settings.Roles, settings.Keys, environment!)
            : throw new SettingsException(problems);
    }

    private static KeyEnvironment? ReadEnvironment(string? name, KeyFormat format, List<string> problems)
    {
        var all = format.Environments;
        if (name is null && all.Count == 1)
            return all[0];
        if (name is not null && format.TryGetEnvironment(name, out var environment))
            return environment;
        problems.Add($"--environment: state one of {string.Join(", ", all.Select(e => e.Name))}.");
        return null;
    }

    private static string? ReadRole(string? role, Roles roles, List<string> problems)
    {
        if (role is not null && !roles.TryGet(role, out _))
            problems.Add($"--role: '{role}' is not a role; there are {string.Join(", ", roles.Names)}.");
        return role;
    }

    private static List<string>? ReadGrants(string[]? stated, string option, List<string> problems)
    {
        if (stated is not { Length: > 0 })
            return null;
        List<string> grants = [.. stated.SelectMany(g => g.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))];
        problems.AddRange(grants.Where(g => !Grants.IsGrant(g)).Select(g => $"{option}: '{g}' is not a grant."));
        return grants;
    }

    private static string[]? ReadAddresses(string[]? stated, List<string> problems)
    {
        if (stated is not { Length: > 0 })
            return null;
        List<string> unreadable = [];
        IpRanges.Parse(stated, unreadable);
        problems.AddRange(unreadable.Select(p => $"--allowed-ips: {p}"));
        return stated;
    }

    private static List<WalletBinding> ReadWallets(string[] stated, List<string> problems)
    {
        var wallets = stated
            .Select(w => w.Split('=', 2))
            .Select(w => new WalletBinding(w[0], w.Length > 1 ? ReadGrants([w[1]], "--wallets", problems) : null))
            .ToList();
        foreach (var twice in wallets.GroupBy(w => w.WalletId, StringComparer.Ordinal).Where(g => g.Count() > 1))
            problems.Add($"--wallets: '{twice.Key}' is stated twice.");
        return wallets;
    }

    private static Option<string[]> Many(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true };
}
