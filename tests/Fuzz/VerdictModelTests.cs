using System.Net;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>
/// Keys and routes of every kind, judged twice: by the checks of the gateway, and by a model that goes by the contract's
/// words, with expressions for grants and bits for addresses. They agree on every one of them, so nothing is ever wider
/// than was meant.
/// </summary>
public sealed class VerdictModelTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Names = ["a:read", "a:write", "b:read", "b.c:read", "b.c"];
    private static readonly string[] GrantTexts =
    [
        "*",
        "a:read",
        "*:read",
        "a:*",
        "b.*",
        "b.c:*",
        "*.c",
        "b:read",
        "b.c",
    ];
    private static readonly string[] Clients = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "2001:db8::1", "::ffff:10.0.0.1"];
    private static readonly string[] Ranges =
    [
        "10.0.0.1",
        "10.0.0.0/24",
        "10.0.0.0/8",
        "2001:db8::/32",
        "192.0.2.0/24",
    ];
    private static readonly string[] WalletIds = ["w1", "w2", "W1"];
    private static readonly KeyEnvironment[] Environments = [.. TestKeys.Format.Environments];

    private static readonly Gen<DateTimeOffset?> Instant = Gen.Elements<DateTimeOffset?>(
        null,
        null,
        Now.AddTicks(-1),
        Now,
        Now.AddTicks(1)
    );

    private static readonly Gen<WalletBinding> Binding =
        from wallet in Gen.Elements("w1", "w2")
        from permissions in Perhaps(Property.Several(Gen.Elements(GrantTexts), 2))
        select new WalletBinding(wallet, permissions);

    private static readonly Gen<KeyRecord> Key =
        from ends in Instant.Zip(Instant)
        from stops in Gen.Frequency(
            (8, Gen.Constant((false, false))),
            (1, Gen.Constant((true, false))),
            (1, Gen.Constant((false, true)))
        )
        from environment in Gen.Elements(Environments)
        from permissions in Perhaps(Property.Several(Gen.Elements(GrantTexts), 3))
        from role in Gen.Elements<string?>(null, "api_readonly", "api_developer", "nobody")
        from ips in Perhaps(Property.Several(Gen.Elements(Ranges), 3))
        from scope in Gen.Elements(WalletScope.All, WalletScope.Selected)
        from bindings in Property.Several(Binding, 2)
        select new KeyRecord
        {
            Id = "key_x",
            AccountId = "acc_x",
            Name = "A key",
            KeyPrefix = "",
            Hash = [],
            LineId = "key_x",
            CreatedBy = "op_x",
            Environment = environment.Name,
            ExpiresAt = ends.Item1,
            RotationDeadline = ends.Item2,
            RevokedAt = stops.Item1 ? Now : null,
            DisabledAt = stops.Item2 ? Now : null,
            Permissions = permissions,
            Role = role,
            AllowedIps = ips,
            WalletScope = scope,
            WalletBindings = scope == WalletScope.All ? [] : [.. bindings.DistinctBy(b => b.WalletId)],
        };

    private static readonly Gen<RoutePolicy> Policy =
        from permissions in Property.Several(Gen.Elements(Names), 2)
        from environments in Gen.Elements<string[]?>(null, ["sandbox"], ["production"])
        from clusters in Gen.Elements<string[]>([], ["sandbox"], ["production"])
        from wallet in Gen.Elements(WalletSource.None, WalletSource.Any, WalletSource.Header)
        select new RoutePolicy
        {
            RouteId = "r",
            Permissions = permissions,
            Environments = environments,
            Clusters = clusters.ToDictionary(c => c, _ => "up"),
            Wallet = new WalletRule(wallet, wallet == WalletSource.Header ? "x-wallet" : ""),
        };

    [Fact]
    public void TheChecks_SayWhatTheContractSays() =>
        Property.ForAll(
            from key in Key
            from suspended in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
            from policy in Policy
            from client in Gen.Elements(Clients)
            from wallet in Gen.Elements<string?>([null, .. WalletIds])
            select (key, suspended, policy, client, wallet),
            c =>
                Judged(c.key, c.suspended, c.policy, c.client, c.wallet)
                == Expected(c.key, c.suspended, c.policy, c.client, c.wallet),
            5_000 * FuzzOptions.Times
        );

    private static DenyReason? Judged(KeyRecord key, bool suspended, RoutePolicy policy, string client, string? wallet)
    {
        Assert.True(TestKeys.Format.TryGetEnvironment(key.Environment, out var environment));
        var roles = new Roles(new Dictionary<string, string[]>());
        var cached = new CachedKey(new KeyFacts(key, suspended), roles, new KeyOptions(), environment!);
        var address = UnmappedAddresses.Of(IPAddress.Parse(client));
        return Checks.BeforeWallet(cached, policy, Now.UtcTicks, address)
            ?? Checks.Wallet(cached, policy, wallet, out _);
    }

    private static DenyReason? Expected(
        KeyRecord key,
        bool suspended,
        RoutePolicy policy,
        string client,
        string? wallet
    )
    {
        if (key.RevokedAt is not null)
            return DenyReason.RevokedApiKey;
        if (key.DisabledAt is not null)
            return DenyReason.DisabledApiKey;
        if (key.ExpiresAt <= Now || key.RotationDeadline <= Now)
            return DenyReason.ExpiredApiKey;
        if (suspended)
            return DenyReason.AccountSuspended;
        var isServed = policy.Clusters.Count == 0 || policy.Clusters.ContainsKey(key.Environment);
        if (policy.Environments?.Contains(key.Environment) == false || !isServed)
            return DenyReason.EnvironmentNotAllowed;
        if (key.AllowedIps?.Any(range => IsIn(client, range)) == false)
            return DenyReason.IpNotAllowed;
        return policy.Permissions.All(p => May(key, p))
            ? ExpectedOfWallet(key, policy, wallet)
            : DenyReason.InsufficientPermissions;
    }

    private static DenyReason? ExpectedOfWallet(KeyRecord key, RoutePolicy policy, string? wallet)
    {
        var isSelected = key.WalletScope == WalletScope.Selected;
        bool AllBy(WalletBinding b) =>
            b.Permissions is null || policy.Permissions.All(p => b.Permissions.Any(g => Grants(g, p)));
        switch (policy.Wallet.Source)
        {
            case WalletSource.None:
                return isSelected ? DenyReason.WalletNotAllowed : null;
            case WalletSource.Any:
                return !isSelected || key.WalletBindings.All(AllBy) ? null : DenyReason.InsufficientPermissions;
            default:
                if (wallet is null || (isSelected && key.WalletBindings.All(b => b.WalletId != wallet)))
                    return DenyReason.WalletNotAllowed;
                var isEnough = !isSelected || AllBy(key.WalletBindings.Single(b => b.WalletId == wallet));
                return isEnough ? null : DenyReason.InsufficientPermissions;
        }
    }

    private static bool May(KeyRecord key, string name) =>
        key.Permissions is not null ? key.Permissions.Any(g => Grants(g, name))
        : key.Role is "api_readonly" ? Grants("*:read", name)
        : key.Role is "api_developer" && (Grants("*:read", name) || Grants("*:write", name));

    // A star is one segment or more, whatever stands between them.
    private static bool Grants(string grant, string name) =>
        Regex.IsMatch(name, $"^{Regex.Escape(grant).Replace(@"\*", "[a-z]+([.:][a-z]+)*")}$");

    private static bool IsIn(string client, string range)
    {
        var parts = range.Split('/');
        var (one, other) = (Bits(client), Bits(parts[0]));
        var length = parts.Length == 1 ? other.Length : int.Parse(parts[1]);
        return one.Length == other.Length && one[..length] == other[..length];
    }

    private static string Bits(string address) =>
        string.Concat(
            IPAddress
                .Parse(address.Replace("::ffff:", "", StringComparison.Ordinal))
                .GetAddressBytes()
                .Select(b => b.ToString("b8"))
        );

    private static Gen<T[]?> Perhaps<T>(Gen<T[]> values) =>
        Gen.OneOf(Gen.Constant<T[]?>(null), values.Select(v => (T[]?)v));
}
