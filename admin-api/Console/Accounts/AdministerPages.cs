using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What an operator may change about an account.</summary>
/// <param name="Account">The account as it is.</param>
/// <param name="Form">What was typed.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Keys">How many keys it has.</param>
/// <param name="Eligibility">Whether it may make keys, and why not.</param>
/// <param name="Configured">The limit of active keys of an account that has none of its own.</param>
/// <param name="Notice">What was just done; null for nothing.</param>
public sealed record AdministerModel(
    AccountView Account,
    AccountForm Form,
    FormErrors Errors,
    CountKeys.Response Keys,
    GetEligibility.Response Eligibility,
    int Configured,
    Notice? Notice
);

/// <summary>The page by which operators administer an account. What stops keys has a page of its own
/// (<see cref="StopKeysPages"/>).</summary>
public static class AdministerPages
{
    /// <summary>Where it is, below the account.</summary>
    public const string Path = "/administer";

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        account.MapPage(Path, http => ShowAsync(http, null, FormErrors.None)).ForOperators();
        account.MapForm(Path, ChangeAsync).ForOperators();
        StopKeysPages.Map(account);
    }

    /// <summary>Path of the page.</summary>
    public static string PathOf(HttpContext http) => ConsoleApp.AccountPath(http.Caller().AccountId) + Path;

    private static async Task<IResult> ShowAsync(HttpContext http, AccountForm? typed, FormErrors errors)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        if (!(await GetAccount.RunAsync(admin, caller)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        if (!(await CountKeys.RunAsync(admin, caller)).TryGet(out var keys, out problem))
            return new RefusedPage(problem);
        if (!(await GetEligibility.RunAsync(admin, caller)).TryGet(out var eligibility, out problem))
            return new RefusedPage(problem);
        var model = new AdministerModel(
            found.Account,
            typed ?? AccountForm.Of(found.Account),
            errors,
            keys,
            eligibility,
            admin.Settings.Keys.MaxActivePerAccount,
            await Notice.FindAsync(http)
        );
        return new Page<AdministerPage, AdministerModel>(model, errors.Status);
    }

    private static async Task<IResult> ChangeAsync(HttpContext http)
    {
        var typed = AccountForm.Read(await http.Request.ReadFormAsync(http.RequestAborted));
        var errors = new List<FieldError>();
        var request = Fields.Read(typed.ToBody(), UpdateAccount.Request.Read, errors, http.Admin().KeyFormat);
        if (errors.Count > 0)
            return await ShowAsync(http, typed, new FormErrors(Problems.Validation(errors)));
        request = request with { IfMatch = AccountForm.IfMatch(typed.Version) };
        var outcome = await UpdateAccount.RunAsync(http.Admin(), http.Caller(), request);
        return outcome.TryGet(out var written, out var problem)
            ? await ConsoleWrites.LeadAsync(http, written, PathOf(http))
            : await ShowAsync(http, typed, new FormErrors(problem));
    }
}
