namespace Gateway.Keys;

/// <summary>The tenant that owns keys. Immutable; a change writes a new one with the next <see cref="Version"/>.</summary>
public sealed record Account
{
    /// <summary><c>acc_</c> and a sortable id.</summary>
    public required string Id { get; init; }

    /// <summary>1 to 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it may make keys at all (an eligibility rule).</summary>
    public bool ApiKeysEnabled { get; init; }

    /// <summary>When all its keys were stopped; null while they are not.</summary>
    public DateTimeOffset? SuspendedAt { get; init; }

    /// <summary>Its own limit of active keys; null for <c>Keys:MaxActivePerAccount</c>.</summary>
    public int? MaxActiveKeys { get; init; }

    /// <summary>Counts changes of the record, from 1; the API's ETag.</summary>
    public long Version { get; init; } = 1;

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>How a wallet is held.</summary>
public enum WalletKind
{
    /// <summary>Self-custodied, proven by a signature; its id is its address.</summary>
    External,

    /// <summary>Held by the product.</summary>
    Custodial,

    /// <summary>Held in the product's own application.</summary>
    Embedded,
}

/// <summary>A wallet of an account.</summary>
/// <param name="AccountId">The account it belongs to.</param>
/// <param name="Id">Unique within the account; an external wallet's id is its address.</param>
/// <param name="Kind">How it is held.</param>
/// <param name="Label">For people; null for none.</param>
/// <param name="CreatedAt">When it was linked.</param>
/// <param name="ProvenAt">When its owner proved it by a signature; null when an operator registered it.</param>
public sealed record Wallet(
    string AccountId,
    string Id,
    WalletKind Kind,
    string? Label,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ProvenAt = null
);
