using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>PATCH /v1/accounts/{accountId}</c>: renames, enables, limits, suspends. What is absent stays; null clears
/// <c>maxActiveKeys</c>. Suspending stops every key of the account at once; lifting it lets them work again.</summary>
public static class UpdateAccount
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>What is to be changed.</summary>
    /// <param name="Name">1 to 100 characters.</param>
    /// <param name="ApiKeysEnabled">Whether it may make keys. Existing keys are not touched.</param>
    /// <param name="Suspended">Whether all its keys are stopped.</param>
    /// <param name="MaxActiveKeys">Its own limit of active keys; null for the configured one.</param>
    public sealed record Request(string? Name, bool? ApiKeysEnabled, bool? Suspended, int? MaxActiveKeys)
    {
        /// <summary>Whether <see cref="MaxActiveKeys"/> was stated, with null or not.</summary>
        [System.Text.Json.Serialization.JsonIgnore]
        public bool HasMaxActiveKeys { get; init; }

        /// <summary>ETag of the version that is to be changed; null for whichever it is.</summary>
        [System.Text.Json.Serialization.JsonIgnore]
        public string? IfMatch { get; init; }

        internal static Request Read(Fields fields) =>
            new(
                fields.Has("name") ? KeyFields.Name(fields) : fields.Text("name"),
                AccountFields.Flag(fields, "apiKeysEnabled"),
                AccountFields.Flag(fields, "suspended"),
                AccountFields.MaxActiveKeys(fields)
            )
            {
                HasMaxActiveKeys = fields.Has("maxActiveKeys"),
            };

        internal Account Apply(Account account, DateTimeOffset now) =>
            account with
            {
                Name = Name ?? account.Name,
                ApiKeysEnabled = ApiKeysEnabled ?? account.ApiKeysEnabled,
                SuspendedAt = Suspended switch
                {
                    true => account.SuspendedAt ?? now,
                    false => null,
                    null => account.SuspendedAt,
                },
                MaxActiveKeys = HasMaxActiveKeys ? MaxActiveKeys : account.MaxActiveKeys,
            };
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder account) =>
        account
            .MapPatch(
                "",
                Exchange.WriteFrom<Request, AccountAnswer>(
                    Ok,
                    Request.Read,
                    (admin, caller, http, request) =>
                        RunAsync(admin, caller, request with { IfMatch = http.Headers.IfMatch })
                )
            )
            .OperatorsOnly()
            .Accepts<Request>("application/json")
            .Produces<Envelope<AccountAnswer>>()
            .Takes(Parameters.Wait, Parameters.IfMatch)
            .Refuses(412, "PRECONDITION_FAILED")
            .Example(
                """
                { "suspended": true }
                """
            )
            .Describe("updateAccount", Tags.Accounts, "Change, suspend or unsuspend an account");

    /// <summary>Changes the caller's account.</summary>
    public static Task<Outcome<Written<AccountAnswer>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<AccountAnswer>(
            caller,
            Ok,
            async (session, account, current) =>
            {
                if (!ETags.Matches(request.IfMatch, account.Version))
                    return Problems.PreconditionFailed();
                var now = admin.Clock.Now();
                var changed = request.Apply(account, now);
                var before = AccountView.Of(account);
                // Nothing to do: whoever has applied the head has applied whatever made it so.
                if (changed == account)
                    return new Written<AccountAnswer>(new AccountAnswer(before), await session.GetHeadAsync());
                changed = changed with { Version = account.Version + 1, UpdatedAt = now };
                await session.UpdateAccountAsync(changed);
                var after = AccountView.Of(changed);
                await session.AuditAsync(admin, current, ActionOf(account, changed), null, before, after);
                var change = await session.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
                return new Written<AccountAnswer>(new AccountAnswer(after), change);
            }
        );

    // The two that people look for in the log have names of their own.
    private static string ActionOf(Account before, Account after) =>
        (before.SuspendedAt, after.SuspendedAt) switch
        {
            (null, not null) => "account.suspend",
            (not null, null) => "account.unsuspend",
            _ => "account.update",
        };
}
