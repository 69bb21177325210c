using System.Text.Json;

namespace Gateway.Keys.Storage;

/// <summary>A row of <c>api_keys</c> as Dapper fills it; lists are JSON text.</summary>
internal sealed class KeyRow
{
    public const string Columns = """
        k.id, k.account_id, k.name, k.description, k.key_prefix, k.key_hash, k.pepper_id, k.environment, k.role,
        k.permissions, k.wallet_scope, k.wallet_bindings, k.signing_wallet_id, k.allowed_ips, k.rate_requests,
        k.rate_window_seconds, k.expires_at, k.line_id, k.rotated_from, k.rotated_to, k.rotation_deadline,
        k.disabled_at, k.revoked_at, k.revoked_by, k.revoked_change, k.created_by, k.created_at, k.updated_at, k.version
        """;

    public string Id { get; set; } = "";
    public string AccountId { get; set; } = "";
    public string Name { get; set; } = "";
    public string? Description { get; set; }
    public string KeyPrefix { get; set; } = "";
    public byte[] KeyHash { get; set; } = [];
    public string? PepperId { get; set; }
    public string Environment { get; set; } = "";
    public string? Role { get; set; }
    public string? Permissions { get; set; }
    public string WalletScope { get; set; } = "";
    public string WalletBindings { get; set; } = "";
    public string? SigningWalletId { get; set; }
    public string? AllowedIps { get; set; }
    public int? RateRequests { get; set; }
    public int? RateWindowSeconds { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public string LineId { get; set; } = "";
    public string? RotatedFrom { get; set; }
    public string? RotatedTo { get; set; }
    public DateTimeOffset? RotationDeadline { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    public string? RevokedBy { get; set; }
    public long? RevokedChange { get; set; }
    public string CreatedBy { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public long Version { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? SuspendedAt { get; set; }

    public static KeyRow From(KeyRecord key) =>
        new()
        {
            Id = key.Id,
            AccountId = key.AccountId,
            Name = key.Name,
            Description = key.Description,
            KeyPrefix = key.KeyPrefix,
            KeyHash = key.Hash,
            PepperId = key.PepperId,
            Environment = key.Environment,
            Role = key.Role,
            Permissions = Write(key.Permissions),
            WalletScope = key.WalletScope == Gateway.Keys.WalletScope.All ? "all" : "selected",
            WalletBindings = JsonSerializer.Serialize(key.WalletBindings),
            SigningWalletId = key.SigningWalletId,
            AllowedIps = Write(key.AllowedIps),
            RateRequests = key.RateLimit?.Requests,
            RateWindowSeconds = key.RateLimit?.WindowSeconds,
            ExpiresAt = key.ExpiresAt,
            LineId = key.LineId,
            RotatedFrom = key.RotatedFrom,
            RotatedTo = key.RotatedTo,
            RotationDeadline = key.RotationDeadline,
            DisabledAt = key.DisabledAt,
            RevokedAt = key.RevokedAt,
            RevokedBy = key.RevokedBy,
            RevokedChange = key.RevokedChange,
            CreatedBy = key.CreatedBy,
            CreatedAt = key.CreatedAt,
            UpdatedAt = key.UpdatedAt,
            Version = key.Version,
        };

    public KeyRecord ToRecord() =>
        new()
        {
            Id = Id,
            AccountId = AccountId,
            Name = Name,
            Description = Description,
            KeyPrefix = KeyPrefix,
            Hash = KeyHash,
            PepperId = PepperId,
            Environment = Environment,
            Role = Role,
            Permissions = Read(Permissions),
            WalletScope = WalletScope == "all" ? Gateway.Keys.WalletScope.All : Gateway.Keys.WalletScope.Selected,
            WalletBindings = JsonSerializer.Deserialize<WalletBinding[]>(WalletBindings)!,
            SigningWalletId = SigningWalletId,
            AllowedIps = Read(AllowedIps),
            RateLimit = RateRequests is { } requests ? new RateLimit(requests, RateWindowSeconds!.Value) : null,
            ExpiresAt = ExpiresAt,
            LineId = LineId,
            RotatedFrom = RotatedFrom,
            RotatedTo = RotatedTo,
            RotationDeadline = RotationDeadline,
            DisabledAt = DisabledAt,
            RevokedAt = RevokedAt,
            RevokedBy = RevokedBy,
            RevokedChange = RevokedChange,
            CreatedBy = CreatedBy,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
            Version = Version,
            LastUsedAt = LastUsedAt,
        };

    private static string? Write(IReadOnlyList<string>? list) => list is null ? null : JsonSerializer.Serialize(list);

    private static string[]? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<string[]>(json);
}
