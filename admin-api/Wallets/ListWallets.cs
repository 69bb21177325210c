using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts/{accountId}/wallets</c>: the account's wallets.</summary>
public static class ListWallets
{
    /// <summary>An account's wallets.</summary>
    /// <param name="Wallets">Oldest first.</param>
    /// <param name="NextCursor">Always null: there are few enough for one page.</param>
    public sealed record Response(IReadOnlyList<WalletView> Wallets, string? NextCursor);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder wallets) =>
        wallets
            .MapGet("", Exchange.Read((admin, caller, _) => RunAsync(admin, caller)))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Describe("listWallets", Tags.Wallets, "List the wallets of an account");

    /// <summary>Lists them.</summary>
    public static Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller) =>
        admin.ReadAsync(
            caller,
            async (session, account) =>
                new Response((await session.ListWalletsAsync(account.Id)).ConvertAll(WalletView.Of), null)
        );
}
