using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>DELETE /v1/accounts/{accountId}/people/{id}</c>: takes somebody out of the account. Only an operator may
/// leave an account without an owner: its own people would have locked themselves out.</summary>
public static class RemovePerson
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder people) =>
        people
            .MapDelete("/{id}", Exchange.Write<EmptyRequest, PersonAnswer>(Ok, EmptyRequest.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Produces<Envelope<PersonAnswer>>()
            .Refuses(404, "PERSON_NOT_FOUND")
            .Refuses(409, "LAST_OWNER")
            .Describe("removePerson", Tags.People, "Remove a person");

    /// <summary>Removes.</summary>
    public static Task<Outcome<Written<PersonAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        EmptyRequest _
    ) =>
        admin.WriteAsync<PersonAnswer>(
            caller,
            Ok,
            async (session, account, current) =>
            {
                var people = await session.ListPeopleAsync(account.Id);
                var person = people.Find(p => string.Equals(p.Id, id, StringComparison.Ordinal));
                if (person is null)
                    return AccountProblems.PersonNotFound();
                var view = PersonView.Of(person);
                if (PersonRoles.Refuse(admin, current.Actor, view.Role) is { } refusal)
                    return refusal;
                var owners = people.Count(p => PersonRoles.Parse(p.Role) == PersonRole.Owner);
                if (view.Role == PersonRole.Owner && owners == 1 && !current.Actor.IsOperator)
                    return AccountProblems.LastOwner();
                await session.DeletePersonAsync(account.Id, id);
                await session.AuditAsync(admin, current, "person.remove", null, view, null);
                return new Written<PersonAnswer>(new PersonAnswer(view), null);
            }
        );
}
