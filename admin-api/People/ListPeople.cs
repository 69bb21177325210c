using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts/{accountId}/people</c>: who is invited to the account.</summary>
public static class ListPeople
{
    /// <summary>An account's people.</summary>
    /// <param name="People">Oldest first.</param>
    /// <param name="NextCursor">Always null: there are few enough for one page.</param>
    public sealed record Response(IReadOnlyList<PersonView> People, string? NextCursor);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder people) =>
        people
            .MapGet("", Exchange.Read((admin, caller, _) => RunAsync(admin, caller)))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Describe("listPeople", Tags.People, "List the people of an account");

    /// <summary>Lists them.</summary>
    public static Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller) =>
        admin.ReadAsync(
            caller,
            async (session, account) =>
                new Response((await session.ListPeopleAsync(account.Id)).ConvertAll(PersonView.Of), null)
        );
}
