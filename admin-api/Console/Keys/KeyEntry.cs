using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the table shows as one: a key, and the secret it replaces for as long as that still works.</summary>
/// <param name="Key">The key.</param>
/// <param name="Old">The key it succeeds, in its grace period; null for none.</param>
public sealed record KeyEntry(KeyView Key, KeyView? Old)
{
    /// <summary>
    /// Puts what belongs together side by side. A predecessor is much older than its successor and may stand pages behind
    /// it in the store's order, so that the lines of this page's keys are read as a whole.
    /// </summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="page">Keys of one page.</param>
    /// <param name="filter">What was asked for: who looks for rotating keys alone gets each by itself.</param>
    public static async Task<IReadOnlyList<KeyEntry>> PairAsync(
        AdminServices admin,
        IReadOnlyList<KeyView> page,
        KeyFilter filter
    )
    {
        var lines = page.Where(k => k.RotatedFrom is not null || k.RotatedTo is not null).Select(k => k.LineId);
        string[] asked = filter.ShowsPairs ? [.. lines.Distinct(StringComparer.Ordinal)] : [];
        if (asked.Length == 0)
            return [.. page.Select(k => new KeyEntry(k, null))];
        var now = admin.Clock.Now();
        var found = await admin.Database.ReadAsync(s => s.ListCurrentOfLinesAsync(asked, now));
        var kin = found.Select(k => admin.ViewOf(k, now)).ToLookup(k => k.LineId, StringComparer.Ordinal);
        return [.. page.Where(k => !IsShownWithAnother(k, kin, page, filter)).Select(k => EntryOf(k, kin))];
    }

    private static bool IsShownWithAnother(
        KeyView key,
        ILookup<string, KeyView> kin,
        IReadOnlyList<KeyView> page,
        KeyFilter filter
    ) =>
        key.Status == KeyStatus.Rotating
        && kin[key.LineId].FirstOrDefault(k => k.RotatedTo is null) is { } newest
        // A search may find the one by its prefix and not the other.
        && (filter.Search.Length == 0 || page.Any(k => k.Id == newest.Id));

    private static KeyEntry EntryOf(KeyView key, ILookup<string, KeyView> kin) =>
        new(key, key.RotatedTo is null ? kin[key.LineId].FirstOrDefault(k => k.Status == KeyStatus.Rotating) : null);
}
