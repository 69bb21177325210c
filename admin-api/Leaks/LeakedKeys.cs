using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is done about a key whose secret is known to others: the one place for whoever says so.</summary>
public static class LeakedKeys
{
    /// <summary>The key with this secret, in any account.</summary>
    /// <returns>Null when there is none; a problem when that cannot be decided.</returns>
    public static async Task<(KeyRecord? Key, Problem? Problem)> FindAsync(
        AdminServices admin,
        string secret,
        CancellationToken ct
    )
    {
        if (!admin.KeyFormat.TryParse(secret, out _))
            return default;
        return await admin.Database.ReadAsync(
            async session =>
            {
                var facts = await session.FindKeyByHashAsync(admin.KeyHasher.Candidates(secret), ct);
                if (facts is not null && admin.KeyHasher.Match(secret, facts.Key) == HashMatch.Yes)
                    return (facts.Key, null);
                var prefix = admin.KeyFormat.DisplayPrefix(secret);
                var isForeign = await session.HasForeignPepperAsync(prefix, admin.KeyHasher.PepperIds, ct);
                return ((KeyRecord?)null, isForeign ? Problem.Of(DenyReason.VerificationUnavailable) : null);
            },
            ct
        );
    }

    /// <summary>Notes where a key was found and stops it; what is so already is not done again.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who says so.</param>
    /// <param name="key">The key.</param>
    /// <param name="report">Where it was found.</param>
    /// <param name="revoke">Whether it is ended for good, or switched off.</param>
    public static Task<Outcome<Written<KeyAnswer>>> StopAsync(
        AdminServices admin,
        Caller caller,
        KeyRecord key,
        LeakReport report,
        bool revoke
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
                await NoteAsync(write, report);
                return await StopAsync(write, revoke);
            }
        );

    private static async Task NoteAsync(KeyWrite write, LeakReport report)
    {
        var (admin, key) = (write.Admin, write.Key);
        var leak = new Leak(
            key.Id,
            key.AccountId,
            report.PlaceIn(admin.KeyFormat),
            write.Caller.Actor.Name,
            report.SourceWord,
            write.Now
        );
        // Told once for each place: a report that comes again fills no log.
        if (await write.Session.TryInsertLeakAsync(leak))
            await write.Session.AuditAsync(
                admin,
                write.Caller,
                "key.leak",
                key.Id,
                null,
                new { leak.Url, leak.Source }
            );
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
