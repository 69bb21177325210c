namespace Gateway.Keys;

/// <summary>Where a key stands at an instant; derived, never stored.</summary>
public enum KeyStatus
{
    /// <summary>Usable.</summary>
    Active,

    /// <summary>Usable until its rotation deadline; a successor exists.</summary>
    Rotating,

    /// <summary>Switched off, reversibly.</summary>
    Disabled,

    /// <summary>Past <c>expiresAt</c> or its rotation deadline.</summary>
    Expired,

    /// <summary>Ended for good.</summary>
    Revoked,
}

/// <summary>Which of the account's wallets a key may act for.</summary>
public enum WalletScope
{
    /// <summary>Every wallet of the account; wallets are not restricted by the gateway.</summary>
    All,

    /// <summary>Only the wallets in <see cref="KeyRecord.WalletBindings"/>.</summary>
    Selected,
}

/// <summary>A wallet a <c>selected</c> key may act for.</summary>
/// <param name="WalletId">Id of a wallet of the account, compared ordinally.</param>
/// <param name="Permissions">Narrows the key's permissions for this wallet; null leaves them as they are.</param>
public sealed record WalletBinding(string WalletId, IReadOnlyList<string>? Permissions = null);

/// <summary>At most <paramref name="Requests"/> in any <paramref name="WindowSeconds"/>.</summary>
/// <param name="Requests">1 to 1,000,000.</param>
/// <param name="WindowSeconds">Seconds, 1 to 86,400.</param>
public sealed record RateLimit(int Requests, int WindowSeconds);

/// <summary>
/// What is stored of a key: everything but the secret. Immutable; a change writes a new one with the next
/// <see cref="Version"/>. Instants are UTC, to the millisecond.
/// </summary>
public sealed record KeyRecord
{
    /// <summary><c>key_</c> and a sortable id.</summary>
    public required string Id { get; init; }

    /// <summary>The tenant that owns it.</summary>
    public required string AccountId { get; init; }

    /// <summary>1 to 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>At most 500 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Environment prefix and the first four random characters: for people to recognise a key.</summary>
    public required string KeyPrefix { get; init; }

    /// <summary>SHA-256 of the credential, or HMAC-SHA-256 under <see cref="PepperId"/>; 32 bytes.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The pepper the hash was made with; null for plain SHA-256.</summary>
    public string? PepperId { get; init; }

    /// <summary>Name of the environment (<c>sandbox</c>, <c>production</c>, …).</summary>
    public required string Environment { get; init; }

    /// <summary>Name of a configured role; null for none.</summary>
    public string? Role { get; init; }

    /// <summary>Grants of this key alone; null leaves the role's.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>Which wallets the key may act for.</summary>
    public WalletScope WalletScope { get; init; }

    /// <summary>The wallets of a <c>selected</c> key; empty for <c>all</c>.</summary>
    public IReadOnlyList<WalletBinding> WalletBindings { get; init; } = [];

    /// <summary>The wallet the upstream signs with; null for none.</summary>
    public string? SigningWalletId { get; init; }

    /// <summary>Addresses and CIDRs it may be used from; null for anywhere.</summary>
    public IReadOnlyList<string>? AllowedIps { get; init; }

    /// <summary>Null for no limit.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Refused from this instant on; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Id of the first key of its rotation line: what a rate-limit bucket belongs to.</summary>
    public required string LineId { get; init; }

    /// <summary>The key this one succeeded.</summary>
    public string? RotatedFrom { get; init; }

    /// <summary>The key that succeeded this one.</summary>
    public string? RotatedTo { get; init; }

    /// <summary>Once rotated: refused from this instant on.</summary>
    public DateTimeOffset? RotationDeadline { get; init; }

    /// <summary>When it was switched off; null while on.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>When it was revoked; null while it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Id of the actor that revoked it.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>Number of the change that revoked it, so that a repeated revoke answers with the first receipt.</summary>
    public long? RevokedChange { get; init; }

    /// <summary>Id of the actor that made it: <c>key_…</c>, <c>op_…</c> or <c>per_…</c>.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts changes of the record, from 1; the API's ETag.</summary>
    public long Version { get; init; } = 1;

    /// <summary>Approximate time of the most recent authenticated request; filled in by admin reads only.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Its status at <paramref name="now"/>; at exactly a deadline it is expired.</summary>
    public KeyStatus StatusAt(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return KeyStatus.Revoked;
        if (DisabledAt is not null)
            return KeyStatus.Disabled;
        if (now >= ExpiresAt || now >= RotationDeadline)
            return KeyStatus.Expired;
        return RotationDeadline is null ? KeyStatus.Active : KeyStatus.Rotating;
    }
}
