using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>An invitation as typed.</summary>
/// <param name="Email">The address.</param>
/// <param name="Role">The lesser one, unless the other is chosen.</param>
public sealed record InvitationForm(string Email = "", string Role = "viewer")
{
    /// <summary>Reads it.</summary>
    public static InvitationForm Read(IFormCollection form) =>
        new(form["email"].ToString().Trim(), form["role"].ToString());

    /// <summary>The body that the API takes.</summary>
    public JsonElement ToBody() =>
        JsonSerializer.SerializeToElement(new JsonObject { ["email"] = Email, ["role"] = Role });
}

/// <summary>What is said before somebody is removed.</summary>
/// <param name="Person">Who.</param>
/// <param name="IsSelf">Whether that is the one who looks.</param>
/// <param name="Keys">What they made, and is not revoked.</param>
/// <param name="Errors">Why it was refused.</param>
public sealed record RemovePersonModel(
    PersonView Person,
    bool IsSelf,
    IReadOnlyList<KeyReference> Keys,
    FormErrors Errors
);

/// <summary>Inviting people to an account, and removing them. The list is on the account's page.</summary>
public static class PeoplePages
{
    /// <summary>Where invitations go, below the account.</summary>
    public const string Path = "/people";

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = Path + "/{id}/remove";
        account.MapForm(Path, InviteAsync).ForAccount(Permission.Write);
        account.MapPage(Pattern, http => AskAsync(http, FormErrors.None)).ForAccount(Permission.Write);
        account.MapForm(Pattern, RemoveAsync).ForAccount(Permission.Write);
    }

    private static async Task<IResult> InviteAsync(HttpContext http)
    {
        var typed = InvitationForm.Read(await http.Request.ReadFormAsync(http.RequestAborted));
        var errors = new List<FieldError>();
        var request = Fields.Read(typed.ToBody(), InvitePerson.Request.Read, errors, http.Admin().KeyFormat);
        if (errors.Count > 0)
            return await AccountPages.ShowAsync(http, typed, new FormErrors(Problems.Validation(errors)));
        var outcome = await InvitePerson.RunAsync(http.Admin(), http.Caller(), request);
        return outcome.TryGet(out var written, out var problem)
            ? new SeeOther(PersonNotice.On(AccountPages.PathOf(http), written.Answer.Person))
            : await AccountPages.ShowAsync(http, typed, new FormErrors(problem));
    }

    private static async Task<IResult> AskAsync(HttpContext http, FormErrors errors)
    {
        var (admin, caller, id) = (http.Admin(), http.Caller(), KeysPages.IdOf(http));
        if (!(await ListPeople.RunAsync(admin, caller)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        if (found.People.FirstOrDefault(p => p.Id == id) is not { } person)
            return new RefusedPage(AccountProblems.PersonNotFound());
        var now = admin.Clock.Now();
        var made = await admin.Database.ReadAsync(s => s.ListOffspringAsync(caller.AccountId, [id], []));
        var keys = made.Where(k => k.RevokedAt is null).Select(k => KeyReference.Of(k, now));
        var model = new RemovePersonModel(person, caller.Actor.Id == id, [.. keys], errors);
        return new Page<RemovePersonPage, RemovePersonModel>(model, errors.Status);
    }

    private static async Task<IResult> RemoveAsync(HttpContext http)
    {
        var outcome = await RemovePerson.RunAsync(
            http.Admin(),
            http.Caller(),
            KeysPages.IdOf(http),
            new EmptyRequest()
        );
        if (outcome.TryGet(out var written, out var problem))
            return new SeeOther(PersonNotice.On(AccountPages.PathOf(http), written.Answer.Person));
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await AskAsync(http, new FormErrors(problem));
    }
}
