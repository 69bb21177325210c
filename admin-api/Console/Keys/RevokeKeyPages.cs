using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is said before a key is revoked.</summary>
/// <param name="Key">The key.</param>
/// <param name="Kin">The keys it belongs with: what goes on working, unless it is revoked too.</param>
/// <param name="RequestsInDay">How often it was used since <paramref name="DayFrom"/>, refusals included.</param>
/// <param name="DayFrom">The hour in which the last 24 hours began: what is counted is counted by the hour.</param>
/// <param name="Typed">The name as it was typed.</param>
/// <param name="All">Whether what it made is to be revoked with it.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record RevokeModel(
    KeyView Key,
    KeyKin Kin,
    long RequestsInDay,
    DateTimeOffset DayFrom,
    string Typed,
    bool All,
    FormErrors Errors
);

/// <summary>Revoking a key: what will stop, the name typed, and then the receipt.</summary>
public static class RevokeKeyPages
{
    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = KeysPages.Path + "/{id}/revoke";
        account.MapPage(Pattern, http => AskAsync(http, "", all: true, FormErrors.None)).ForAccount(Permission.Write);
        account.MapForm(Pattern, RevokeAsync).ForAccount(Permission.Write);
    }

    private static async Task<IResult> AskAsync(HttpContext http, string typed, bool all, FormErrors errors)
    {
        var (admin, id) = (http.Admin(), KeysPages.IdOf(http));
        if (!(await GetKey.RunAsync(admin, http.Caller(), id)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        var since = KeyUsage.HourOf(admin.Clock.Now() - TimeSpan.FromDays(1));
        var counts = await admin.Database.ReadAsync(s => s.GetUsageAsync(id, since));
        var kin = await KeyKin.ReadAsync(admin, found.ApiKey);
        var model = new RevokeModel(found.ApiKey, kin, counts.Sum(c => c.Requests), since, typed, all, errors);
        return new Page<RevokePage, RevokeModel>(model, errors.Status);
    }

    private static async Task<IResult> RevokeAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (id, typed, all) = (KeysPages.IdOf(http), form["confirmation"].ToString(), form["descendants"] == "1");
        var request = new RevokeKey.Request(typed) { Descendants = all };
        var outcome = await RevokeKey.RunAsync(http.Admin(), http.Caller(), id, request);
        if (outcome.TryGet(out var written, out var problem))
            return await ConsoleWrites.LeadAsync(http, written, KeysPages.PathOf(http), id);
        if (problem.Code == Problems.ConfirmationMismatch("key").Code)
            problem = Problems.Validation(
                "confirmation",
                problem.Code,
                "This is not the key’s name, letter by letter."
            );
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await AskAsync(http, typed, all, new FormErrors(problem));
    }
}
