using System.Net;

namespace Gateway.Tests;

/// <summary>Answers of SPEC section 5 that depend on a key, as a set: a call may be open to several.</summary>
[Flags]
internal enum Verdicts
{
    None = 0,
    Allowed = 1,
    Unauthorized = 1 << 1,
    InvalidApiKey = 1 << 2,
    RevokedApiKey = 1 << 3,
    DisabledApiKey = 1 << 4,
    ExpiredApiKey = 1 << 5,
    AccountSuspended = 1 << 6,
    EnvironmentNotAllowed = 1 << 7,
    IpNotAllowed = 1 << 8,
    InsufficientPermissions = 1 << 9,
    WalletNotAllowed = 1 << 10,
}

/// <summary>A key as the store may have it after some change.</summary>
internal sealed record KeyState
{
    /// <summary>Of a rotation of unknown outcome, somewhere in the future.</summary>
    public static readonly DateTimeOffset SomeDeadline = DateTimeOffset.MaxValue;

    /// <summary>Before it was made.</summary>
    public static readonly KeyState None = new();

    public bool Exists { get; init; }
    public KeySettings Settings { get; init; } = new();
    public bool Disabled { get; init; }
    public bool Revoked { get; init; }
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>From when on it is expired; null for never.</summary>
    public DateTimeOffset? EndsAt => Deadline is null || Settings.ExpiresAt < Deadline ? Settings.ExpiresAt : Deadline;

    /// <summary>Whether it counts against its account's limit (SPEC 11).</summary>
    public bool Counts(DateTimeOffset now) => Exists && !Revoked && Deadline is null && !(Settings.ExpiresAt <= now);
}

/// <summary>What a request is, as far as a verdict depends on it.</summary>
internal readonly record struct Asked(RouteFacts Route, string? Client, string? Wallet);

/// <summary>SPEC section 5 once more, written from the page and not from the product, so that both have to be wrong in
/// the same way for a wrong answer to pass.</summary>
internal static class VerdictModel
{
    private const string Loopback = "127.0.0.1";

    /// <summary>The one answer at an instant: the first check that fails, in the order of the page.</summary>
    public static Verdicts Judge(KeyState key, bool suspended, Asked asked, DateTimeOffset now)
    {
        if (!key.Exists)
            return Verdicts.InvalidApiKey;
        if (key.Revoked)
            return Verdicts.RevokedApiKey;
        if (key.Disabled)
            return Verdicts.DisabledApiKey;
        if (key.EndsAt <= now)
            return Verdicts.ExpiredApiKey;
        if (suspended)
            return Verdicts.AccountSuspended;
        var (settings, route) = (key.Settings, asked.Route);
        if (route.Environments.Length > 0 && !Names(route.Environments).Contains(settings.Environment))
            return Verdicts.EnvironmentNotAllowed;
        if (settings.AllowedIps is { } ranges && !IsWithin(ranges, asked.Client ?? Loopback))
            return Verdicts.IpNotAllowed;
        if (!Names(route.Permissions).All(needed => Names(settings.Permissions).Any(held => Covers(held, needed))))
            return Verdicts.InsufficientPermissions;
        return AllowsWallet(settings.Wallets, asked) ? Verdicts.Allowed : Verdicts.WalletNotAllowed;
    }

    /// <summary>The answer of that code; none when no key can be the reason for it.</summary>
    public static Verdicts OfCode(string code) =>
        code switch
        {
            "UNAUTHORIZED" => Verdicts.Unauthorized,
            "INVALID_API_KEY" => Verdicts.InvalidApiKey,
            "REVOKED_API_KEY" => Verdicts.RevokedApiKey,
            "DISABLED_API_KEY" => Verdicts.DisabledApiKey,
            "EXPIRED_API_KEY" => Verdicts.ExpiredApiKey,
            "ACCOUNT_SUSPENDED" => Verdicts.AccountSuspended,
            "ENVIRONMENT_NOT_ALLOWED" => Verdicts.EnvironmentNotAllowed,
            "IP_NOT_ALLOWED" => Verdicts.IpNotAllowed,
            "INSUFFICIENT_PERMISSIONS" => Verdicts.InsufficientPermissions,
            "WALLET_NOT_ALLOWED" => Verdicts.WalletNotAllowed,
            _ => Verdicts.None,
        };

    /// <summary>The status that goes with an answer.</summary>
    public static int StatusOf(Verdicts verdict) =>
        verdict switch
        {
            Verdicts.Allowed => 200,
            < Verdicts.AccountSuspended => 401,
            _ => 403,
        };

    // `*` stands for one or more whole segments at one end; `.` and `:` separate and are not the same.
    private static bool Covers(string held, string needed) =>
        held == "*"
        || held == needed
        || (held[0] == '*' && needed.Length >= held.Length && needed.EndsWith(held[1..], StringComparison.Ordinal))
        || (held[^1] == '*' && needed.Length >= held.Length && needed.StartsWith(held[..^1], StringComparison.Ordinal));

    private static bool IsWithin(string ranges, string client)
    {
        var address = IPAddress.Parse(client);
        return Names(ranges)
            .Any(r => r.Contains('/') ? IPNetwork.Parse(r).Contains(address) : address.Equals(IPAddress.Parse(r)));
    }

    private static bool AllowsWallet(string? bound, Asked asked) =>
        asked.Route.Wallet switch
        {
            RouteWallet.Any => true,
            RouteWallet.None => bound is null,
            _ => asked.Wallet is { } named && (bound is null || Names(bound).Contains(named)),
        };

    private static string[] Names(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
