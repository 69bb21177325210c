using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>POST /v1/accounts/{accountId}/people</c>: invites somebody. The first sign-in binds the invitation; nobody
/// is made up at sign-in.</summary>
public static class InvitePerson
{
    private const int Created = StatusCodes.Status201Created;

    // A bound on what is listed in one page.
    private const int MaxPeople = 100;

    /// <summary>What is asked for.</summary>
    /// <param name="Email">The address; compared in lower case.</param>
    /// <param name="Role">What the person may do.</param>
    public sealed record Request(string Email, PersonRole Role)
    {
        internal static Request Read(Fields fields) => new(PersonFields.Email(fields), PersonFields.Role(fields));
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder people) =>
        people
            .MapPost("", Exchange.Write(Created, Request.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Accepts<Request>("application/json")
            .Produces<Envelope<PersonAnswer>>(Created)
            .Takes(Parameters.IdempotencyKey)
            .Refuses(409, "PERSON_EXISTS", "PERSON_LIMIT_REACHED")
            .Example(
                """
                { "email": "ada@example.com", "role": "owner" }
                """
            )
            .Describe("invitePerson", Tags.People, "Invite a person");

    /// <summary>Invites.</summary>
    public static Task<Outcome<Written<PersonAnswer>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<PersonAnswer>(
            caller,
            Created,
            async (session, account, current) =>
            {
                if (PersonRoles.Refuse(admin, current.Actor, request.Role) is { } refusal)
                    return refusal;
                // Under the account's lock: nobody else is invited meanwhile.
                var people = await session.ListPeopleAsync(account.Id);
                if (people.Exists(p => string.Equals(p.Email, request.Email, StringComparison.Ordinal)))
                    return AccountProblems.PersonExists();
                if (people.Count >= MaxPeople)
                    return AccountProblems.PersonLimitReached(MaxPeople);
                var person = New(admin, account, request);
                await session.InsertPersonAsync(person);
                var view = PersonView.Of(person);
                await session.AuditAsync(admin, current, "person.invite", null, null, view);
                return new Written<PersonAnswer>(new PersonAnswer(view), null);
            }
        );

    private static Person New(AdminServices admin, Account account, Request request) =>
        new(
            Ids.New(Ids.Person, admin.Clock),
            account.Id,
            request.Email,
            PersonRoles.Name(request.Role),
            Issuer: null,
            Subject: null,
            admin.Clock.Now()
        );
}
