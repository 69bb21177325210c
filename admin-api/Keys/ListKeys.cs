using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/api-keys</c>: the account's keys, newest first, a page at a time.</summary>
public static class ListKeys
{
    /// <summary>A page.</summary>
    /// <param name="ApiKeys">The keys.</param>
    /// <param name="NextCursor">Asks for the next page; null on the last.</param>
    public sealed record Response(IReadOnlyList<KeyView> ApiKeys, string? NextCursor);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapGet("", Exchange.Read(Run))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Takes(Parameters.KeyFilters)
            .Describe("listApiKeys", Tags.Keys, "List API keys");

    /// <summary>Reads a page.</summary>
    public static async Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller, KeyQuery query)
    {
        var now = admin.Clock.Now();
        return await admin.Database.ReadAsync<Outcome<Response>>(async session =>
        {
            if (caller.Actor.IsOperator && await session.GetAccountAsync(caller.AccountId) is null)
                return Problems.AccountNotFound();
            // One more than asked for tells whether there is another page.
            var keys = await session.ListKeysAsync(caller.AccountId, query with { Limit = query.Limit + 1 }, now);
            var page = keys.Take(query.Limit).Select(k => admin.ViewOf(k, now)).ToList();
            return new Response(page, keys.Count > query.Limit ? page[^1].Id : null);
        });
    }

    private static async Task<Outcome<Response>> Run(AdminServices admin, Caller caller, HttpRequest http) =>
        ReadQuery(new QueryFields(http.Query)).TryGet(out var query, out var problem)
            ? await RunAsync(admin, caller, query)
            : problem;

    private static Outcome<KeyQuery> ReadQuery(QueryFields fields)
    {
        var query = new KeyQuery(
            fields.Choice<KeyStatus>("status"),
            fields.Text("environment"),
            fields.Text("prefix"),
            fields.Limit(),
            fields.Cursor(Ids.Key)
        );
        return fields.Problem() is { } problem ? problem : query;
    }
}
