using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Every write goes this way, in one transaction:
/// <code>
/// 1 read the acting operator again, and hold it: nothing it does commits after its own removal
/// 2 lock the account             what serialises everything about one tenant's keys
/// 3 read the acting key again    nothing it does commits after its own revocation
/// 4 the operation                check everything, then write; a refusal has written nothing
/// 5 its audit entries, then its changes in the feed (the counter row is locked last)
/// 6 the answer of an Idempotency-Key
/// </code>
/// and after the commit the hint.
/// </summary>
public static class Writes
{
    /// <summary>Writes about the caller's account.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="status">Status of the answer, kept for repetitions.</param>
    /// <param name="write">The operation, given the locked account and the caller as it stands now.</param>
    public static Task<Outcome<Written<T>>> WriteAsync<T>(
        this AdminServices admin,
        Caller caller,
        int status,
        Func<Session, Account, Caller, Task<Outcome<Written<T>>>> write
    )
        where T : Answer =>
        admin.WriteAsync(
            caller,
            status,
            async session =>
            {
                if (await session.GetAccountAsync(caller.AccountId, forUpdate: true) is not { } account)
                    return Problems.AccountNotFound();
                return (await new Authenticator(admin).RecheckAsync(session, caller, account)).TryGet(
                    out var current,
                    out var problem
                )
                    ? await write(session, account, current)
                    : problem;
            }
        );

    /// <summary>Writes about no account.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="status">Status of the answer, kept for repetitions.</param>
    /// <param name="write">The operation.</param>
    /// <param name="removes">Id of the operator it removes.</param>
    public static async Task<Outcome<Written<T>>> WriteAsync<T>(
        this AdminServices admin,
        Caller caller,
        int status,
        Func<Session, Task<Outcome<Written<T>>>> write,
        string? removes = null
    )
        where T : Answer
    {
        var outcome = await admin.Database.WriteAsync(async session =>
        {
            if (await Authenticator.RecheckOperatorAsync(session, admin, caller.Actor, removes) is { } gone)
                return gone;
            var result = await write(session);
            if (result.Value is { } written && caller.Idempotency is { } record)
                await Idempotency.CompleteAsync(session, record, status, written);
            return result;
        });
        if (outcome.Value?.Change is { } change)
            admin.Hint?.Publish(change);
        return outcome;
    }
}
