using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>How a key is stopped whose secret is known to others.</summary>
/// <param name="Revoke">Ended for good, or switched off.</param>
/// <param name="Always">Also when every place it was found in was known before: its owner may have enabled it since, and
/// that is not undone by somebody who repeats a report.</param>
public sealed record LeakStop(bool Revoke, bool Always);

/// <summary>What is done about a key whose secret is known to others: the one place for whoever says so.</summary>
public static class LeakedKeys
{
    /// <summary>The key with this secret, in any account.</summary>
    /// <returns>Neither when there is none; undecided when it may have been hashed under a pepper this process does not
    /// have.</returns>
    public static Task<(KeyRecord? Key, bool IsUndecided)> FindAsync(AdminServices admin, string secret) =>
        admin.Database.ReadAsync(async session =>
        {
            var facts = await session.FindKeyByHashAsync(admin.KeyHasher.Candidates(secret));
            if (facts is not null && admin.KeyHasher.Match(secret, facts.Key) == HashMatch.Yes)
                return (facts.Key, false);
            var prefix = admin.KeyFormat.DisplayPrefix(secret);
            return ((KeyRecord?)null, await session.HasForeignPepperAsync(prefix, admin.KeyHasher.PepperIds));
        });

    /// <summary>Notes where a key was found and stops it; what is so already is not done again.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who says so.</param>
    /// <param name="key">The key.</param>
    /// <param name="places">Where it was found.</param>
    /// <param name="stop">How it is stopped.</param>
    public static Task<Outcome<Written<KeyAnswer>>> StopAsync(
        AdminServices admin,
        Caller caller,
        KeyRecord key,
        IReadOnlyList<LeakReport> places,
        LeakStop stop
    ) =>
        admin.WriteKeyAsync<KeyAnswer>(
            caller with
            {
                AccountId = key.AccountId,
            },
            StatusCodes.Status200OK,
            key.Id,
            async write =>
            {
                // One more than are kept tells whether there is a new one among them; a key that is in every commit of a
                // repository is in tens of thousands of places, and no transaction has time for that.
                var isNews = false;
                foreach (
                    var place in places
                        .DistinctBy(p => p.PlaceIn(admin.KeyFormat), StringComparer.Ordinal)
                        .Take(LeakStore.MaxOfKey + 1)
                )
                    isNews |= await NoteAsync(write, place);
                return isNews || stop.Always ? await StopAsync(write, stop.Revoke) : await write.NothingToDoAsync();
            }
        );

    // Whether it is a place nobody spoke of before. Past as many as are kept, that is always so: who enables a key that is
    // known in so many places has it stopped by each report.
    private static async Task<bool> NoteAsync(KeyWrite write, LeakReport report)
    {
        var (session, key) = (write.Session, write.Key);
        var leak = new Leak(
            key.Id,
            key.AccountId,
            report.PlaceIn(write.Admin.KeyFormat),
            write.Caller.Actor.Name,
            report.SourceWord,
            write.Now
        );
        if (!await session.TryInsertLeakAsync(leak))
            return !await session.HasLeakAsync(key.Id, leak.Url);
        // Told once for each place: a report that comes again fills no log.
        await session.AuditAsync(write.Admin, write.Caller, "key.leak", key.Id, null, new { leak.Url, leak.Source });
        return true;
    }

    private static async Task<Outcome<Written<KeyAnswer>>> StopAsync(KeyWrite write, bool revoke)
    {
        var key = write.Key;
        if (key.RevokedAt is not null)
            return new Written<KeyAnswer>(new KeyAnswer(write.Admin.ViewOf(key, write.Now)), key.RevokedChange);
        if (revoke)
            return await write.SaveAsync("key.revoke", ChangeKinds.KeyRevoked, write.Revoked(key));
        return key.DisabledAt is not null
            ? await write.NothingToDoAsync()
            : await write.SaveAsync("key.disable", ChangeKinds.KeyUpdated, key with { DisabledAt = write.Now });
    }
}
