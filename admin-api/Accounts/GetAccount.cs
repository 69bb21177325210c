using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts/{accountId}</c>: one account.</summary>
public static class GetAccount
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder account) =>
        account
            .MapGet("", Exchange.Read((admin, caller, _) => RunAsync(admin, caller)))
            .OperatorsOnly()
            .Produces<Envelope<AccountAnswer>>()
            .Describe("getAccount", Tags.Accounts, "Read an account");

    /// <summary>Reads it.</summary>
    public static async Task<Outcome<AccountAnswer>> RunAsync(AdminServices admin, Caller caller) =>
        await admin.Database.ReadAsync(s => s.GetAccountAsync(caller.AccountId)) is { } account
            ? new AccountAnswer(AccountView.Of(account))
            : Problems.AccountNotFound();
}
