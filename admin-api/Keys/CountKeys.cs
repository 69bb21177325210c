using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>How many active keys an account has, of how many it may have.</summary>
public static class CountKeys
{
    /// <summary>The count.</summary>
    /// <param name="Active">Active and disabled keys; not those in their grace period, expired or revoked.</param>
    /// <param name="Limit">The account's own limit, or the configured one.</param>
    public sealed record Response(int Active, int Limit)
    {
        /// <summary>Whether there may be no more.</summary>
        public bool IsFull => Active >= Limit;
    }

    /// <summary>Counts them.</summary>
    public static Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller) =>
        admin.ReadAsync(
            caller,
            async (session, account) =>
                new Response(
                    await session.CountActiveKeysAsync(account.Id, admin.Clock.Now()),
                    account.MaxActiveKeys ?? admin.Settings.Keys.MaxActivePerAccount
                )
        );
}
