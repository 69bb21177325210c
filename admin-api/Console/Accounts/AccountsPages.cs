using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the list of accounts shows.</summary>
/// <param name="Accounts">The accounts.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
public sealed record AccountsModel(IReadOnlyList<AccountView> Accounts, string? Next);

/// <summary>What the page of an account shows.</summary>
/// <param name="Eligibility">Whether it may make keys, and why not.</param>
/// <param name="Keys">How many it has.</param>
/// <param name="Wallets">Its wallets.</param>
/// <param name="People">Its people.</param>
public sealed record AccountModel(
    GetEligibility.Response Eligibility,
    CountKeys.Response Keys,
    IReadOnlyList<WalletView> Wallets,
    IReadOnlyList<PersonView> People
);

/// <summary>The accounts somebody may see, and one of them.</summary>
public static class AccountsPages
{
    /// <summary>Where the list is.</summary>
    public const string Path = ConsoleApp.Root + "/accounts";

    private const int PageSize = 50;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, ListAsync).ForSignedIn();
        app.MapPage(Path + "/{accountId}", ShowAsync).ForAccount(Permission.Read);
    }

    private static async Task<IResult> ListAsync(HttpContext http)
    {
        var (admin, identity) = (http.Admin(), Visit.Of(http).Identity!);
        if (identity.Operator is null)
            return new Page<AccountsPage, AccountsModel>(new(await OfAsync(admin, identity.People), null));
        var after = http.Request.Query["after"].ToString();
        var page = await ListAccounts.RunAsync(admin, PageSize, after.Length == 0 ? null : after);
        return new Page<AccountsPage, AccountsModel>(new(page.Accounts, page.NextCursor));
    }

    private static Task<List<AccountView>> OfAsync(AdminServices admin, IReadOnlyList<Person> people) =>
        admin.Database.ReadAsync(async session =>
        {
            var accounts = new List<AccountView>();
            foreach (var person in people)
            {
                if (await session.GetAccountAsync(person.AccountId) is { } account)
                    accounts.Add(AccountView.Of(account));
            }
            return accounts;
        });

    private static async Task<IResult> ShowAsync(HttpContext http)
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
        return new Page<AccountPage, AccountModel>(new(eligibility, keys, wallets.Wallets, people.People));
    }
}
