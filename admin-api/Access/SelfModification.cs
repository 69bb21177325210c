using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// A key cannot change itself, its rotation kin, or the keys it descends from: whoever steals a key must not be able to
/// lengthen its life, or to lock out the one it came from. Lines count as a whole, since a key's successor is the same
/// key with another secret.
/// </summary>
public static class SelfModification
{
    /// <summary>The refusal; null when the actor may change the key.</summary>
    public static async Task<Problem?> RefuseAsync(Session session, Actor actor, KeyRecord target)
    {
        if (actor.Key is not { } own)
            return null;
        var lines = new HashSet<string>(StringComparer.Ordinal) { own.LineId };
        string[] next = [own.LineId];
        while (next.Length > 0 && !lines.Contains(target.LineId))
            next = [.. (await session.ListMakerLinesAsync(next)).Where(lines.Add)];
        return lines.Contains(target.LineId) ? Problems.SelfModification() : null;
    }
}
