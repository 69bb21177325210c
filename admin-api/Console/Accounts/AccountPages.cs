namespace Gateway.Admin;

/// <summary>What the page of an account shows.</summary>
/// <param name="Eligibility">Whether it may make keys, and why not.</param>
/// <param name="Keys">How many it has.</param>
/// <param name="Wallets">Its wallets.</param>
/// <param name="People">Its people.</param>
/// <param name="CanSignIn">Whether people can sign in at all: there is an identity provider.</param>
/// <param name="Invitation">What was typed.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Notice">What was just done; null for nothing.</param>
public sealed record AccountModel(
    GetEligibility.Response Eligibility,
    CountKeys.Response Keys,
    IReadOnlyList<WalletView> Wallets,
    IReadOnlyList<PersonView> People,
    bool CanSignIn,
    InvitationForm Invitation,
    FormErrors Errors,
    Notice? Notice
);

/// <summary>The page of an account: whether it may make keys, its wallets, its people.</summary>
public static class AccountPages
{
    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPage(AccountsPages.Path + "/{accountId}", http => ShowAsync(http, new InvitationForm(), FormErrors.None))
            .ForAccount(Permission.Read);

    /// <summary>Path of the page.</summary>
    public static string PathOf(HttpContext http) => ConsoleApp.AccountPath(http.Caller().AccountId);

    /// <summary>The page, with what is wrong with an invitation.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, InvitationForm invitation, FormErrors errors)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        if (!(await GetEligibility.RunAsync(admin, caller)).TryGet(out var eligibility, out var problem))
            return new RefusedPage(problem);
        if (!(await CountKeys.RunAsync(admin, caller)).TryGet(out var keys, out problem))
            return new RefusedPage(problem);
        if (!(await ListWallets.RunAsync(admin, caller)).TryGet(out var wallets, out problem))
            return new RefusedPage(problem);
        if (!(await ListPeople.RunAsync(admin, caller)).TryGet(out var people, out problem))
            return new RefusedPage(problem);
        var model = new AccountModel(
            eligibility,
            keys,
            wallets.Wallets,
            people.People,
            admin.Settings.Admin.Oidc.IsOn,
            invitation,
            errors,
            await Notice.FindAsync(http) ?? await PersonNotice.FindAsync(http)
        );
        return new Page<AccountPage, AccountModel>(model, errors.Status);
    }
}
