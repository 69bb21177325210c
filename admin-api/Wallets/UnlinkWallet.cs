using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>DELETE /v1/accounts/{accountId}/wallets/{id}</c>: takes a wallet from the account, unless a key is bound
/// to it.</summary>
public static class UnlinkWallet
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder wallets) =>
        wallets
            .MapDelete("/{id}", Exchange.Write<EmptyRequest, WalletAnswer>(Ok, EmptyRequest.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Produces<Envelope<WalletAnswer>>()
            .Takes(Parameters.Wait)
            .Refuses(404, "WALLET_NOT_FOUND")
            .Refuses(409, "WALLET_IN_USE")
            .Describe("unlinkWallet", Tags.Wallets, "Unlink a wallet");

    /// <summary>Unlinks it.</summary>
    public static Task<Outcome<Written<WalletAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        EmptyRequest _
    ) =>
        admin.WriteAsync<WalletAnswer>(
            caller,
            Ok,
            async (session, account, current) =>
            {
                if (WalletRules.RefuseActor(current.Actor) is { } refusal)
                    return refusal;
                if (await session.GetWalletAsync(account.Id, id) is not { } wallet)
                    return AccountProblems.WalletNotFound();
                if (await session.IsWalletInUseAsync(account.Id, id, admin.Clock.Now()))
                    return AccountProblems.WalletInUse();
                await session.DeleteWalletAsync(account.Id, id);
                var view = WalletView.Of(wallet);
                await session.AuditAsync(admin, current, "wallet.unlink", null, view, null);
                var change = await session.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
                return new Written<WalletAnswer>(new WalletAnswer(view), change);
            }
        );
}
