using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>A key by its name, beside another.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="Status">Where it stands now.</param>
public sealed record KeyReference(string Id, string Name, KeyStatus Status)
{
    /// <summary>The reference to a record.</summary>
    public static KeyReference Of(KeyRecord key, DateTimeOffset now) => new(key.Id, key.Name, key.StatusAt(now));
}

/// <summary>What a key made, what those made, and the successors of all of them: what whoever held the key may hold
/// still. The key's own successor is not among them; it replaces the key.</summary>
public static class Descendants
{
    /// <summary>All descendants that were not revoked yet.</summary>
    public static async Task<List<KeyRecord>> FindLiveAsync(Session session, KeyRecord key)
    {
        var found = new Dictionary<string, KeyRecord>(StringComparer.Ordinal);
        string[] makers = [key.Id];
        string[] predecessors = [];
        while (makers.Length > 0)
        {
            var offspring = await session.ListOffspringAsync(key.AccountId, makers, predecessors);
            makers = predecessors = [.. offspring.Where(k => found.TryAdd(k.Id, k)).Select(k => k.Id)];
        }
        return [.. found.Values.Where(k => k.RevokedAt is null).OrderBy(k => k.Id, StringComparer.Ordinal)];
    }
}
