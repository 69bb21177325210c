using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts/{accountId}/people</c>: who is invited to the account.</summary>
public static class ListPeople
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder people) =>
        people
            .MapGet("", Exchange.Read((admin, caller, _) => RunAsync(admin, caller)))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<PeoplePage>>();

    /// <summary>Lists them.</summary>
    public static Task<Outcome<PeoplePage>> RunAsync(AdminServices admin, Caller caller) =>
        admin.Database.ReadAsync<Outcome<PeoplePage>>(async session =>
        {
            if (await session.GetAccountAsync(caller.AccountId) is null)
                return Problems.AccountNotFound();
            var people = await session.ListPeopleAsync(caller.AccountId);
            return new PeoplePage(people.ConvertAll(PersonView.Of), null);
        });
}
