using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>POST /v1/accounts</c>: a new tenant.</summary>
public static class CreateAccount
{
    private const int Created = StatusCodes.Status201Created;

    /// <summary>What is asked for.</summary>
    /// <param name="Name">1 to 100 characters.</param>
    /// <param name="ApiKeysEnabled">Whether it may make keys; false when absent.</param>
    /// <param name="Suspended">Whether it starts suspended; false when absent.</param>
    /// <param name="MaxActiveKeys">Its own limit of active keys; null for the configured one.</param>
    public sealed record Request(string Name, bool? ApiKeysEnabled, bool? Suspended, int? MaxActiveKeys)
    {
        internal static Request Read(Fields fields) =>
            new(
                KeyFields.Name(fields) ?? "",
                AccountFields.Flag(fields, "apiKeysEnabled"),
                AccountFields.Flag(fields, "suspended"),
                AccountFields.MaxActiveKeys(fields)
            );
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder accounts) =>
        accounts
            .MapPost("", Exchange.Write(Created, Request.Read, RunAsync))
            .OperatorsOnly()
            .Accepts<Request>("application/json")
            .Produces<Envelope<AccountAnswer>>(Created)
            .Takes(Parameters.IdempotencyKey)
            .Example(
                """
                { "name": "Acme", "apiKeysEnabled": true }
                """
            )
            .Describe("createAccount", Tags.Accounts, "Create an account");

    /// <summary>Makes an account. It has no keys yet, so that no gateway needs to hear of it.</summary>
    public static Task<Outcome<Written<AccountAnswer>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<AccountAnswer>(
            caller,
            Created,
            async session =>
            {
                var now = admin.Clock.Now();
                var account = new Account
                {
                    Id = Ids.New(Ids.Account, admin.Clock),
                    Name = request.Name,
                    ApiKeysEnabled = request.ApiKeysEnabled ?? false,
                    SuspendedAt = request.Suspended == true ? now : null,
                    MaxActiveKeys = request.MaxActiveKeys,
                    CreatedAt = now,
                    UpdatedAt = now,
                };
                await session.InsertAccountAsync(account);
                var view = AccountView.Of(account);
                await session.AuditAsync(
                    admin,
                    caller with
                    {
                        AccountId = account.Id,
                    },
                    "account.create",
                    null,
                    null,
                    view
                );
                return new Written<AccountAnswer>(new AccountAnswer(view), null);
            }
        );
}
