using System.Globalization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>
/// What a page says of the change that led to it. The address has the number of the change alone; what it says is read from
/// the store, so that a made-up address can only tell what is true, and a reload tells it again.
/// </summary>
/// <param name="Text">What was done.</param>
/// <param name="Receipt">Who judges by it.</param>
/// <param name="IsComplete">Whether every gateway does.</param>
public sealed record Notice(string Text, string Receipt, bool IsComplete)
{
    private const string Field = "change";
    private const string KeyField = "of";

    /// <summary>The address of a page that tells of a change.</summary>
    /// <param name="path">The page.</param>
    /// <param name="change">The change; null tells of nothing.</param>
    /// <param name="key">Of several keys that were revoked at once, the one that was meant.</param>
    public static string On(string path, long? change, string? key = null) =>
        change is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"{path}?{Field}={number}")
                + (key is null ? "" : $"&{KeyField}={Uri.EscapeDataString(key)}")
            : path;

    /// <summary>What this request is to tell; null for nothing.</summary>
    public static async Task<Notice?> FindAsync(HttpContext http)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        var text = http.Request.Query[Field].ToString();
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        if ((await GetChange.RunAsync(admin, caller, number, TimeSpan.Zero)).Value is not { } found)
            return null;
        if (await SayAsync(http, found.Change) is not { } what)
            return null;
        return new Notice(what, Say(found.Propagation), found.Propagation.Complete);
    }

    /// <summary>A receipt in words, such as "in force at 3 of 3 gateways in 12 ms".</summary>
    public static string Say(Propagation receipt)
    {
        var (applied, pending) = (receipt.Gateways.Count, receipt.Pending);
        if (applied + pending.Count == 0)
            return "No gateway is running yet.";
        var words = string.Create(
            CultureInfo.InvariantCulture,
            $"In force at {applied} of {applied + pending.Count} gateways"
        );
        if (applied > 0)
            words += string.Create(
                CultureInfo.InvariantCulture,
                $" in {receipt.Gateways.Max(g => g.AppliedAfterMs)} ms"
            );
        if (pending.Count == 0)
            return words + ".";
        var names = string.Join(", ", pending.Select(p => p.Id).Distinct(StringComparer.Ordinal));
        var by = TimeWords.Exact(pending.Max(p => p.GuaranteedBy), TimeZoneInfo.Utc);
        return $"{words}. Not confirmed by {names}: in force there by {by} at the latest.";
    }

    private static async Task<string?> SayAsync(HttpContext http, ChangeView change)
    {
        if (change.KeyId is null)
            return change.AccountId == http.Caller().AccountId ? OfAccount(http, change) : null;
        if (await FindKeyAsync(http, change.KeyId) is not { } key)
            return null;
        if (change.Kind != ChangeKinds.KeyRevoked)
            return $"“{key.Name}” was {(change.Kind == ChangeKinds.KeyCreated ? "made" : "changed")}.";
        // The last of several that were revoked is not the one somebody has in mind.
        var meant = await FindKeyAsync(http, http.Request.Query[KeyField].ToString());
        return $"“{(meant is { RevokedAt: not null } ? meant : key).Name}” is revoked.";
    }

    // A change does not say what became of the account: that is told as it is now.
    private static string OfAccount(HttpContext http, ChangeView change) =>
        change.Kind == ChangeKinds.AccountKeysRevoked ? "All API keys of the account are revoked."
        : Visit.Of(http).Account?.SuspendedAt is null ? "The account was changed."
        : "The account was changed. It is suspended: all of its API keys are refused.";

    private static async Task<KeyView?> FindKeyAsync(HttpContext http, string id) =>
        (await GetKey.RunAsync(http.Admin(), http.Caller(), id)).Value?.ApiKey;
}
