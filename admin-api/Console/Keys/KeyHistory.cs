using System.Text.Json;

namespace Gateway.Admin;

/// <summary>What entries of the audit log say was changed about a key or an account, in the words of its page and in the
/// viewer's zone.</summary>
public static class KeyHistory
{
    // Fields by the names people know them by. An empty name is one that the entry's own time, actor or action says again.
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["allowedIps"] = "addresses",
        ["apiKeysEnabled"] = "may make API keys",
        ["disabledAt"] = "",
        ["expiresAt"] = "expires",
        ["rateLimit"] = "rate limit",
        ["maxActiveKeys"] = "limit of active keys",
        ["revokedAt"] = "",
        ["revokedBy"] = "",
        ["rotatedTo"] = "successor",
        ["rotationDeadline"] = "this secret ends",
        ["signingWalletId"] = "signs with",
        ["status"] = "",
        ["suspendedAt"] = "",
        ["updatedAt"] = "",
        ["walletBindings"] = "selected wallets",
        ["walletScope"] = "wallets",
    };

    /// <summary>A line for each; nothing for an entry that made or ended the key.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="zone">The viewer's.</param>
    public static IEnumerable<string> Changes(EntryView entry, TimeZoneInfo zone)
    {
        if (entry.Before is not { } before || entry.After is not { } after)
            yield break;
        foreach (var field in after.Keys.Union(before.Keys, StringComparer.Ordinal))
        {
            if (Names.GetValueOrDefault(field, field) is { Length: > 0 } name)
                yield return $"{name}: {Value(before, field, zone)} → {Value(after, field, zone)}";
        }
    }

    private static string Value(IReadOnlyDictionary<string, JsonElement> fields, string name, TimeZoneInfo zone) =>
        fields.TryGetValue(name, out var value) ? Say(value, zone) : "none";

    private static string Say(JsonElement value, TimeZoneInfo zone) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => "none",
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            JsonValueKind.Array when value.GetArrayLength() == 0 => "none",
            JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(v => Say(v, zone))),
            JsonValueKind.Object when value.TryGetProperty("walletId", out var wallet) => wallet
                + Narrowed(value, zone),
            JsonValueKind.Object when value.TryGetProperty("requests", out var requests) =>
                $"{requests} in {value.GetProperty("windowSeconds")} s",
            JsonValueKind.String when Fields.TryParseInstant(value.GetString()!, out var at) => TimeWords.ToMinute(
                at,
                zone
            ),
            _ => value.ToString(),
        };

    private static string Narrowed(JsonElement binding, TimeZoneInfo zone) =>
        binding.TryGetProperty("permissions", out var permissions) && permissions.ValueKind == JsonValueKind.Array
            ? $" (only {Say(permissions, zone)})"
            : "";
}
