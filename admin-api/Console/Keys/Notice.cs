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

    /// <summary>The address of a page that tells of a change.</summary>
    public static string On(string path, long? change) =>
        change is { } number ? string.Create(CultureInfo.InvariantCulture, $"{path}?{Field}={number}") : path;

    /// <summary>What this request is to tell; null for nothing.</summary>
    public static async Task<Notice?> FindAsync(HttpContext http)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        var text = http.Request.Query[Field].ToString();
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        if ((await GetChange.RunAsync(admin, caller, number, TimeSpan.Zero)).Value is not { } found)
            return null;
        if (found.Change.KeyId is not { } id || (await GetKey.RunAsync(admin, caller, id)).Value is not { } answer)
            return null;
        var what = found.Change.Kind switch
        {
            ChangeKinds.KeyRevoked => "is revoked",
            ChangeKinds.KeyCreated => "was made",
            _ => "was changed",
        };
        var receipt = found.Propagation;
        return new Notice($"“{answer.ApiKey.Name}” {what}.", Say(receipt), receipt.Complete);
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
}
