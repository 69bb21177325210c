using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts</c>: every account, newest first, a page at a time.</summary>
public static class ListAccounts
{
    /// <summary>A page.</summary>
    /// <param name="Accounts">The accounts.</param>
    /// <param name="NextCursor">Asks for the next page; null on the last.</param>
    public sealed record Response(IReadOnlyList<AccountView> Accounts, string? NextCursor);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder accounts) =>
        accounts
            .MapGet("", Exchange.Read(Run))
            .OperatorsOnly()
            .Produces<Envelope<Response>>()
            .Takes(Parameters.Limit, Parameters.Cursor)
            .Describe("listAccounts", Tags.Accounts, "List accounts");

    /// <summary>Reads a page.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="limit">How many.</param>
    /// <param name="after">The id of the last account seen; null for the first page.</param>
    public static async Task<Response> RunAsync(AdminServices admin, int limit, string? after)
    {
        // One more than asked for tells whether there is another page.
        var accounts = await admin.Database.ReadAsync(s => s.ListAccountsAsync(limit + 1, after));
        var page = accounts.Take(limit).Select(AccountView.Of).ToList();
        return new Response(page, accounts.Count > limit ? page[^1].Id : null);
    }

    private static async Task<Outcome<Response>> Run(AdminServices admin, Caller caller, HttpRequest http)
    {
        var fields = new QueryFields(http.Query);
        var (limit, after) = (fields.Limit(), fields.Cursor(Ids.Account));
        return fields.Problem() is { } problem ? problem : await RunAsync(admin, limit, after);
    }
}
