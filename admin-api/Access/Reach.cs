using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>
/// How far a key reaches: what it may do, for which wallets, where, from where, until when and how often. Nobody grants
/// more than they hold (SPEC 11): an actor's reach is the measure of every key it makes, changes or rotates.
/// </summary>
public sealed record Reach
{
    /// <summary>What it may do.</summary>
    public required Grants Grants { get; init; }

    /// <summary>The one environment; null for every one.</summary>
    public string? Environment { get; init; }

    /// <summary>The only wallets it may act for; null for every one.</summary>
    public IReadOnlyList<WalletBinding>? Wallets { get; init; }

    /// <summary>The wallet it signs with.</summary>
    public string? SigningWalletId { get; init; }

    /// <summary>The only addresses it may be used from; null for everywhere.</summary>
    public IpRanges? Addresses { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often it may be used; null for no limit.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Everything, everywhere, for ever: an operator's.</summary>
    public static Reach Unlimited { get; } = new() { Grants = Grants.Parse(["*"], false, [], "operator") };

    /// <summary>The reach of a key.</summary>
    public static Reach Of(KeyRecord key, Roles roles, KeyOptions options) =>
        new()
        {
            Grants = roles.Effective(key, options),
            Environment = key.Environment,
            Wallets = key.WalletScope == WalletScope.All ? null : key.WalletBindings,
            SigningWalletId = key.SigningWalletId,
            Addresses = key.AllowedIps is { } entries ? IpRanges.Parse(entries, []) : null,
            ExpiresAt = EndOf(key),
            RateLimit = key.RateLimit,
        };

    // A rotated key ends with its grace period. Whoever found the secret that was meant to go would else use that time to
    // make itself one that stays.
    private static DateTimeOffset? EndOf(KeyRecord key) =>
        key.RotationDeadline is { } deadline && !(key.ExpiresAt < deadline) ? deadline : key.ExpiresAt;

    /// <summary>Where <paramref name="asked"/> goes beyond this reach in what a key may do, for which wallets, in which
    /// environment.</summary>
    public IEnumerable<FieldError> ExcessOfAuthority(Reach asked)
    {
        if (!Grants.Covers(asked.Grants))
            yield return Excess("permissions", "Role or permissions go beyond what you hold.");
        if (Environment is not null && asked.Environment != Environment)
            yield return Excess("environment", $"You hold '{Environment}' alone.");
        if (!CoversWallets(asked))
            yield return Excess(
                "walletBindings",
                "The wallets, or what may be done for them, go beyond what you hold."
            );
        if (!CoversSigning(asked.SigningWalletId))
            yield return Excess("signingWalletId", "This wallet is not one of those you hold.");
    }

    /// <summary>Where <paramref name="asked"/> could be used from more places, longer or more often than this.</summary>
    public IEnumerable<FieldError> ExcessOfLimits(Reach asked)
    {
        if (Addresses is not null && (asked.Addresses is null || !Addresses.Covers(asked.Addresses)))
            yield return Excess("allowedIps", "Must be within the addresses you are restricted to.");
        if (ExpiresAt is not null && (asked.ExpiresAt is null || asked.ExpiresAt > ExpiresAt))
            yield return Excess("expiresAt", "Must be no later than your own end.");
        if (RateLimit is not null && (asked.RateLimit is null || !Covers(RateLimit, asked.RateLimit)))
            yield return Excess("rateLimit", "Must be within your own rate limit.");
    }

    private bool CoversWallets(Reach asked)
    {
        if (Wallets is null)
            return asked.Wallets is null || asked.Wallets.All(wanted => Covers(Grants, wanted.Permissions));
        return asked.Wallets is not null && asked.Wallets.All(wanted => CoversWallet(wanted, asked.Grants));
    }

    // What is held for a wallet is what the binding and the key itself both grant. What is asked for it is what the
    // binding states, or else all that the asked key may do.
    private bool CoversWallet(WalletBinding wanted, Grants askedGrants)
    {
        var held = Wallets!.FirstOrDefault(w => string.Equals(w.WalletId, wanted.WalletId, StringComparison.Ordinal));
        if (held is null || !Covers(Grants, wanted.Permissions))
            return false;
        if (held.Permissions is null)
            return true;
        var narrowed = Grants.Parse(held.Permissions, false, [], "");
        return wanted.Permissions is null ? narrowed.Covers(askedGrants) : Covers(narrowed, wanted.Permissions);
    }

    private static bool Covers(Grants held, IReadOnlyList<string>? stated) =>
        stated is null || held.Covers(Grants.Parse(stated, false, [], ""));

    private bool CoversSigning(string? asked) =>
        asked is null
        || Wallets is null
        || string.Equals(asked, SigningWalletId, StringComparison.Ordinal)
        || Wallets.Any(w => string.Equals(w.WalletId, asked, StringComparison.Ordinal));

    // The most the asked limit lets through in one window of the held one must fit into the held one.
    private static bool Covers(RateLimit held, RateLimit asked)
    {
        var windows = (held.WindowSeconds + asked.WindowSeconds - 1) / asked.WindowSeconds;
        return (long)asked.Requests * windows <= held.Requests;
    }

    private static FieldError Excess(string field, string message) => new(field, "EXCEEDS_ACTOR", message);
}
