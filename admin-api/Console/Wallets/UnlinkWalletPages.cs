using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is said before a wallet is unlinked.</summary>
/// <param name="Wallet">The wallet.</param>
/// <param name="Keys">The keys bound to it; while there are any it cannot be.</param>
/// <param name="IsNeeded">Whether the account may make keys because of this wallet alone.</param>
/// <param name="Errors">Why it was refused.</param>
public sealed record UnlinkWalletModel(
    WalletView Wallet,
    IReadOnlyList<KeyReference> Keys,
    bool IsNeeded,
    FormErrors Errors
);

/// <summary>Unlinking a wallet: what follows from it, then the receipt.</summary>
public static class UnlinkWalletPages
{
    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = LinkWalletPages.Wallets + "/{id}/unlink";
        account.MapPage(Pattern, http => AskAsync(http, FormErrors.None)).ForAccount(Permission.Write);
        account.MapForm(Pattern, UnlinkAsync).ForAccount(Permission.Write);
    }

    /// <summary>Path of the page about a wallet.</summary>
    public static string PathOf(Frame frame, string walletId) =>
        $"{frame.AccountPath}{LinkWalletPages.Wallets}/{Uri.EscapeDataString(walletId)}/unlink";

    private static async Task<IResult> AskAsync(HttpContext http, FormErrors errors)
    {
        var (admin, caller, id) = (http.Admin(), http.Caller(), KeysPages.IdOf(http));
        if (!(await ListWallets.RunAsync(admin, caller)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        if (found.Wallets.FirstOrDefault(w => w.Id == id) is not { } wallet)
            return new RefusedPage(AccountProblems.WalletNotFound());
        var now = admin.Clock.Now();
        var keys = await admin.Database.ReadAsync(s => s.ListKeysOfWalletAsync(caller.AccountId, id, now));
        var isNeeded =
            admin.Settings.Eligibility.Demands(EligibilityOptions.ExternalWalletLinked)
            && IsProven(wallet)
            && found.Wallets.Count(IsProven) == 1;
        var model = new UnlinkWalletModel(wallet, keys.ConvertAll(k => KeyReference.Of(k, now)), isNeeded, errors);
        return new Page<UnlinkWalletPage, UnlinkWalletModel>(model, errors.Status);
    }

    private static async Task<IResult> UnlinkAsync(HttpContext http)
    {
        var outcome = await UnlinkWallet.RunAsync(
            http.Admin(),
            http.Caller(),
            KeysPages.IdOf(http),
            new EmptyRequest()
        );
        if (outcome.TryGet(out var written, out var problem))
            return await ConsoleWrites.LeadAsync(http, written, AccountPages.PathOf(http));
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await AskAsync(http, new FormErrors(problem));
    }

    private static bool IsProven(WalletView wallet) => wallet is { Kind: WalletKind.External, ProvenAt: not null };
}
