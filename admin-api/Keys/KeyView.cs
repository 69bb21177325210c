using System.Text.Json.Serialization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>A key as the API shows it (SPEC 2): everything but the secret and its hash.</summary>
public sealed record KeyView : IVersioned
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>The account that owns it.</summary>
    public required string AccountId { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Description; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>The secret. In the one answer that made the key, and nowhere else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }

    /// <summary>How it begins, for people to recognise it.</summary>
    public required string KeyPrefix { get; init; }

    /// <summary>Where it stands now.</summary>
    public required KeyStatus Status { get; init; }

    /// <summary>Its environment.</summary>
    public required string Environment { get; init; }

    /// <summary>Its role; null for none.</summary>
    public string? Role { get; init; }

    /// <summary>Its own permissions; null leaves the role's.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>What it may do: its permissions, else its role's grants, else those all keys have. In answers; the audit log
    /// has what was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Grants { get; init; }

    /// <summary>Which wallets it may act for.</summary>
    public required WalletScope WalletScope { get; init; }

    /// <summary>The wallets of a <c>selected</c> key.</summary>
    public required IReadOnlyList<WalletBinding> WalletBindings { get; init; }

    /// <summary>The wallet it signs with; null for none.</summary>
    public string? SigningWalletId { get; init; }

    /// <summary>Where it may be used from; null for anywhere.</summary>
    public IReadOnlyList<string>? AllowedIps { get; init; }

    /// <summary>How often; null for no limit.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The key it succeeded.</summary>
    public string? RotatedFrom { get; init; }

    /// <summary>The key that succeeded it.</summary>
    public string? RotatedTo { get; init; }

    /// <summary>When its grace period ends.</summary>
    public DateTimeOffset? RotationDeadline { get; init; }

    /// <summary>When it was switched off.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>About when it was last used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Id of the first key of its rotation line; for the console, which shows a line as what it is.</summary>
    [JsonIgnore]
    public string LineId { get; init; } = "";

    /// <inheritdoc/>
    [JsonIgnore]
    public long Version { get; init; }

    /// <summary>The view of a record.</summary>
    /// <param name="key">The record.</param>
    /// <param name="now">What its status is judged at.</param>
    /// <param name="secret">Only in the answer that made it.</param>
    public static KeyView Of(KeyRecord key, DateTimeOffset now, string? secret = null) =>
        new()
        {
            Id = key.Id,
            AccountId = key.AccountId,
            Name = key.Name,
            Description = key.Description,
            Key = secret,
            KeyPrefix = key.KeyPrefix,
            Status = key.StatusAt(now),
            Environment = key.Environment,
            Role = key.Role,
            Permissions = key.Permissions,
            WalletScope = key.WalletScope,
            WalletBindings = key.WalletBindings,
            SigningWalletId = key.SigningWalletId,
            AllowedIps = key.AllowedIps,
            RateLimit = key.RateLimit,
            ExpiresAt = key.ExpiresAt,
            RotatedFrom = key.RotatedFrom,
            RotatedTo = key.RotatedTo,
            RotationDeadline = key.RotationDeadline,
            DisabledAt = key.DisabledAt,
            RevokedAt = key.RevokedAt,
            RevokedBy = key.RevokedBy,
            CreatedBy = key.CreatedBy,
            CreatedAt = key.CreatedAt,
            UpdatedAt = key.UpdatedAt,
            LastUsedAt = key.LastUsedAt,
            LineId = key.LineId,
            Version = key.Version,
        };
}

/// <summary>What writes about one key answer.</summary>
/// <param name="ApiKey">The key as it is now.</param>
public record KeyAnswer(KeyView ApiKey) : Answer, IVersioned
{
    /// <inheritdoc/>
    [JsonIgnore]
    public long Version => ApiKey.Version;

    /// <inheritdoc/>
    public override Answer WithoutSecret() => this with { ApiKey = ApiKey with { Key = null } };
}
