using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>The keys a key belongs with.</summary>
/// <param name="Line">Its rotation line, oldest first, itself included; the last few of a long one.</param>
/// <param name="Maker">The key that made it; null when that was nobody's key.</param>
/// <param name="Made">What it made, what those made, and their successors: those that are not revoked.</param>
public sealed record KeyKin(IReadOnlyList<KeyView> Line, KeyReference? Maker, IReadOnlyList<KeyReference> Made)
{
    private const int MaxLine = 10;

    /// <summary>The secret before this one, while it still works; null for none.</summary>
    /// <param name="key">Which.</param>
    public KeyView? OldOf(KeyView key) =>
        key.RotatedTo is null ? Line.FirstOrDefault(k => k.Status == KeyStatus.Rotating && k.Id != key.Id) : null;

    /// <summary>Reads them.</summary>
    public static Task<KeyKin> ReadAsync(AdminServices admin, KeyView key) =>
        admin.Database.ReadAsync(async session =>
        {
            var now = admin.Clock.Now();
            var line = await session.ListLineAsync(key.LineId);
            var record = line.First(k => k.Id == key.Id);
            var maker = key.CreatedBy.StartsWith(Ids.Key, StringComparison.Ordinal)
                ? await session.GetKeyAsync(key.CreatedBy)
                : null;
            var made = await Descendants.FindLiveAsync(session, record);
            return new KeyKin(
                [.. line.TakeLast(MaxLine).Select(k => admin.ViewOf(k, now))],
                maker is null ? null : KeyReference.Of(maker, now),
                made.ConvertAll(k => KeyReference.Of(k, now))
            );
        });
}
