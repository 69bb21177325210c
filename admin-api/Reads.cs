using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>How a read about the caller's account begins.</summary>
public static class Reads
{
    /// <summary>Reads about the caller's account; 404 when there is none.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="read">The operation, given the account.</param>
    public static Task<Outcome<T>> ReadAsync<T>(
        this AdminServices admin,
        Caller caller,
        Func<Session, Account, Task<T>> read
    )
        where T : class =>
        admin.Database.ReadAsync<Outcome<T>>(async session =>
            await session.GetAccountAsync(caller.AccountId) is { } account
                ? await read(session, account)
                : Problems.AccountNotFound()
        );
}
