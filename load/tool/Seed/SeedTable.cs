using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>Rows for one table, made as they are written.</summary>
/// <param name="Name">The table.</param>
/// <param name="Columns">Its columns, separated by commas.</param>
/// <param name="Rows">Values in their order: text, numbers, booleans, bytes, instants, null.</param>
internal sealed record SeedTable(string Name, string Columns, IEnumerable<object?[]> Rows)
{
    /// <summary>Everything that is seeded, in an order that foreign keys allow.</summary>
    public static SeedTable[] Of(SeededKeys keys) =>
        [
            new(
                "accounts",
                "id, name, api_keys_enabled, max_active_keys, version, created_at, updated_at",
                Numbers(keys.Accounts).Select(n => Row(keys.Account(n)))
            ),
            new(
                "api_keys",
                KeyRow.Columns.Replace("k.", "", StringComparison.Ordinal),
                Numbers(keys.Count).Select(n => Row(KeyRow.From(keys.Record(n))))
            ),
            new(
                "last_used",
                "key_id, at",
                Numbers(keys.Count)
                    .Select(keys.Record)
                    .Where(k => k.LastUsedAt is not null)
                    .Select(k => new object?[] { k.Id, k.LastUsedAt })
            ),
            new(
                "changes",
                "number, id, kind, key_id, key_hash, account_id, at",
                Numbers(keys.Count, keys.FirstWithChanges())
                    .SelectMany(n => keys.Changes(n, keys.Record(n)))
                    .Select(c => new object?[] { c.Number, c.Id, c.Kind, c.KeyId, c.KeyHash, c.AccountId, c.At })
            ),
        ];

    private static IEnumerable<long> Numbers(long count, long from = 0)
    {
        for (var number = from; number < count; number++)
            yield return number;
    }

    private static object?[] Row(Account a) =>
        [a.Id, a.Name, a.ApiKeysEnabled, a.MaxActiveKeys, a.Version, a.CreatedAt, a.UpdatedAt];

    private static object?[] Row(KeyRow k) =>
        [
            k.Id,
            k.AccountId,
            k.Name,
            k.Description,
            k.KeyPrefix,
            k.KeyHash,
            k.PepperId,
            k.Environment,
            k.Role,
            k.Permissions,
            k.WalletScope,
            k.WalletBindings,
            k.SigningWalletId,
            k.AllowedIps,
            k.RateRequests,
            k.RateWindowSeconds,
            k.ExpiresAt,
            k.LineId,
            k.RotatedFrom,
            k.RotatedTo,
            k.RotationDeadline,
            k.DisabledAt,
            k.RevokedAt,
            k.RevokedBy,
            k.RevokedChange,
            k.CreatedBy,
            k.CreatedAt,
            k.UpdatedAt,
            k.Version,
        ];
}
