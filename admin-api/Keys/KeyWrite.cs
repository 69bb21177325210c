using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>A change of one key under way: the key is locked, and the caller may change it.</summary>
/// <param name="Session">The transaction.</param>
/// <param name="Admin">What operations work with.</param>
/// <param name="Caller">Who changes it, as it stands now.</param>
/// <param name="Account">Its account, locked.</param>
/// <param name="Key">The key before the change.</param>
/// <param name="Now">One instant for all of the change.</param>
public sealed record KeyWrite(
    Session Session,
    AdminServices Admin,
    Caller Caller,
    Account Account,
    KeyRecord Key,
    DateTimeOffset Now
)
{
    /// <summary>Writes a changed record, its audit entry and its change in the feed.</summary>
    /// <param name="action">For the audit log.</param>
    /// <param name="kind">For the feed.</param>
    /// <param name="changed">The record; its version and time of change are set here.</param>
    public async Task<Written<KeyAnswer>> SaveAsync(string action, string kind, KeyRecord changed)
    {
        var (after, change) = await SaveAsync(Key, action, kind, changed);
        return new Written<KeyAnswer>(new KeyAnswer(Admin.ViewOf(after, Now)), change);
    }

    /// <summary>The same for any key of the account.</summary>
    /// <returns>The record as written, and the number of its change.</returns>
    public async Task<(KeyRecord Key, long Change)> SaveAsync(
        KeyRecord before,
        string action,
        string kind,
        KeyRecord changed
    )
    {
        var after = changed with { Version = before.Version + 1, UpdatedAt = Now };
        await Session.AuditAsync(Admin, Caller, action, after.Id, KeyView.Of(before, Now), KeyView.Of(after, Now));
        var change = await Session.AppendChangeAsync(kind, after.AccountId, after);
        if (kind == ChangeKinds.KeyRevoked)
            after = after with { RevokedChange = change };
        await Session.UpdateKeyAsync(after);
        return (after, change);
    }

    /// <summary>Answers a request for what is so already: nothing is written. Whoever has applied the head has applied
    /// whatever made it so.</summary>
    public async Task<Written<KeyAnswer>> NothingToDoAsync() =>
        new(new KeyAnswer(Admin.ViewOf(Key, Now)), await Session.GetHeadAsync());

    /// <summary>The key, revoked by the caller.</summary>
    public KeyRecord Revoked(KeyRecord key) => key with { RevokedAt = Now, RevokedBy = Caller.Actor.Id };
}

/// <summary>How a change of one key begins.</summary>
public static class KeyWrites
{
    /// <summary>Locks account and key and refuses what the caller may not change: another account's key does not exist
    /// for it (404), itself, its kin and its makers (400), what goes beyond its own reach (403).</summary>
    public static Task<Outcome<Written<T>>> WriteKeyAsync<T>(
        this AdminServices admin,
        Caller caller,
        int status,
        string keyId,
        Func<KeyWrite, Task<Outcome<Written<T>>>> change
    )
        where T : Answer =>
        admin.WriteAsync<T>(
            caller,
            status,
            async (session, account, current) =>
            {
                var key = await session.GetKeyAsync(keyId, forUpdate: true);
                if (key is null || !string.Equals(key.AccountId, account.Id, StringComparison.Ordinal))
                    return Problems.KeyNotFound();
                if (await SelfModification.RefuseAsync(session, current.Actor, key) is { } self)
                    return self;
                if (Authority.RefuseTarget(admin, current.Actor, key) is { } excess)
                    return excess;
                return await change(new KeyWrite(session, admin, current, account, key, admin.Clock.Now()));
            }
        );
}
