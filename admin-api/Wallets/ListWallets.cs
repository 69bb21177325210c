using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts/{accountId}/wallets</c>: the account's wallets.</summary>
public static class ListWallets
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder wallets) =>
        wallets
            .MapGet("", Exchange.Read((admin, caller, _) => RunAsync(admin, caller)))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<WalletPage>>();

    /// <summary>Lists them.</summary>
    public static Task<Outcome<WalletPage>> RunAsync(AdminServices admin, Caller caller) =>
        admin.Database.ReadAsync<Outcome<WalletPage>>(async session =>
        {
            if (await session.GetAccountAsync(caller.AccountId) is null)
                return Problems.AccountNotFound();
            var wallets = await session.ListWalletsAsync(caller.AccountId);
            return new WalletPage(wallets.ConvertAll(WalletView.Of), null);
        });
}
