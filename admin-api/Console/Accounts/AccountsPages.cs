using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the list of accounts shows.</summary>
/// <param name="Accounts">The accounts.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
public sealed record AccountsModel(IReadOnlyList<AccountView> Accounts, string? Next);

/// <summary>The accounts somebody may see.</summary>
public static class AccountsPages
{
    /// <summary>Where the list is.</summary>
    public const string Path = ConsoleApp.Root + "/accounts";

    private const int PageSize = 50;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, ListAsync).ForSignedIn();
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
}
