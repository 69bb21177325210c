using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What a key's page shows.</summary>
/// <param name="Key">The key.</param>
/// <param name="Network">Its environment's network; null for none.</param>
/// <param name="Kin">The keys it belongs with.</param>
/// <param name="Usage">How it was used.</param>
/// <param name="Wallets">The account's wallets: what they are called.</param>
/// <param name="History">What was done to it, newest first.</param>
/// <param name="Errors">Why what was asked for was refused.</param>
/// <param name="Notice">What was just done; null for nothing.</param>
/// <param name="Once">For a rotation.</param>
/// <param name="Leaks">Where its secret was found.</param>
public sealed record KeyModel(
    KeyView Key,
    string? Network,
    KeyKin Kin,
    KeyUsage Usage,
    IReadOnlyList<WalletView> Wallets,
    IReadOnlyList<EntryView> History,
    FormErrors Errors,
    Notice? Notice,
    string Once,
    IReadOnlyList<LeakNotice> Leaks
);

/// <summary>A key's page, and switching it off and on.</summary>
public static class KeyPages
{
    /// <summary>How many entries of the history are shown.</summary>
    public const int HistoryLength = 100;

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = KeysPages.Path + "/{id}";
        account.MapPage(Pattern, http => ShowAsync(http, FormErrors.None)).ForAccount(Permission.Read);
        account
            .MapForm(Pattern + "/disable", http => SwitchAsync(http, SwitchKey.DisableAsync))
            .ForAccount(Permission.Write);
        account
            .MapForm(Pattern + "/enable", http => SwitchAsync(http, SwitchKey.EnableAsync))
            .ForAccount(Permission.Write);
    }

    /// <summary>The page, with the refusal of what was asked for on it.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, FormErrors errors)
    {
        var (admin, caller, id) = (http.Admin(), http.Caller(), KeysPages.IdOf(http));
        if (!(await GetKey.RunAsync(admin, caller, id)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        var query = new AuditQuery(caller.AccountId, id, Limit: HistoryLength);
        if (!(await ListAudit.RunAsync(admin, caller, query)).TryGet(out var history, out problem))
            return new RefusedPage(problem);
        if (!(await ListWallets.RunAsync(admin, caller)).TryGet(out var wallets, out problem))
            return new RefusedPage(problem);
        admin.KeyFormat.TryGetEnvironment(found.ApiKey.Environment, out var environment);
        var model = new KeyModel(
            found.ApiKey,
            environment?.Network,
            await KeyKin.ReadAsync(admin, found.ApiKey),
            await KeyUsage.ReadAsync(admin, id),
            wallets.Wallets,
            history.Entries,
            errors,
            await Notice.FindAsync(http),
            Ids.Random(),
            await LeakNotice.FindAsync(admin, found.ApiKey)
        );
        return new Page<KeyPage, KeyModel>(model, errors.Status);
    }

    private static async Task<IResult> SwitchAsync(
        HttpContext http,
        Func<AdminServices, Caller, string, EmptyRequest, Task<Outcome<Written<KeyAnswer>>>> run
    )
    {
        var id = KeysPages.IdOf(http);
        var outcome = await run(http.Admin(), http.Caller(), id, new EmptyRequest());
        if (outcome.TryGet(out var written, out var problem))
            return await ConsoleWrites.LeadAsync(http, written, KeysPages.PathOf(http, id));
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await ShowAsync(http, new FormErrors(problem));
    }
}
