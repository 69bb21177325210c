using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the console tells the owner of a key whose secret is known to others.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="KeyName">Its name.</param>
/// <param name="Status">Where it stands now.</param>
/// <param name="Leak">Where it was found last.</param>
public sealed record LeakNotice(string KeyId, string KeyName, KeyStatus Status, Leak Leak)
{
    // Long enough that nobody misses it, short enough that it is about something to do.
    private const int ShownDays = 30;
    private const int MaxPlaces = 100;
    private const int MaxKeys = 5;

    /// <summary>What is left to do.</summary>
    public string Advice =>
        Status switch
        {
            KeyStatus.Revoked => "It is revoked. Make a new key where it was used, and look at what was done with it.",
            KeyStatus.Disabled => "It is disabled. Do not enable it: make a new key, then revoke this one.",
            KeyStatus.Expired => "It has expired.",
            _ => "It still works: make a new key and revoke this one.",
        };

    /// <summary>Those of the account's keys, of late.</summary>
    public static async Task<IReadOnlyList<LeakNotice>> FindAsync(AdminServices admin, Caller caller)
    {
        var now = admin.Clock.Now();
        return await admin.Database.ReadAsync(async session =>
        {
            var leaks = await session.ListLeaksAsync(caller.AccountId, now.AddDays(-ShownDays), MaxPlaces);
            var latest = leaks.DistinctBy(l => l.KeyId, StringComparer.Ordinal).Take(MaxKeys).ToList();
            var keys = await session.FindKeysByIdAsync([.. latest.Select(l => l.KeyId)]);
            return latest.ConvertAll(leak => Of(keys.Find(k => k.Key.Id == leak.KeyId)!.Key, leak, now));
        });
    }

    /// <summary>Those of one key, each place.</summary>
    public static async Task<IReadOnlyList<LeakNotice>> FindAsync(AdminServices admin, KeyView key)
    {
        var leaks = await admin.Database.ReadAsync(s => s.ListLeaksOfKeyAsync(key.Id));
        return leaks.ConvertAll(leak => new LeakNotice(key.Id, key.Name, key.Status, leak));
    }

    private static LeakNotice Of(KeyRecord key, Leak leak, DateTimeOffset now) =>
        new(key.Id, key.Name, key.StatusAt(now), leak);
}
