using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is said before a key is revoked.</summary>
/// <param name="Key">The key.</param>
/// <param name="RequestsInDay">How often it was used in the last 24 hours, refusals included.</param>
/// <param name="Typed">The name as it was typed.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record RevokeModel(KeyView Key, long RequestsInDay, string Typed, FormErrors Errors);

/// <summary>Revoking a key: what will stop, the name typed, and then the receipt.</summary>
public static class RevokeKeyPages
{
    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = KeysPages.Path + "/{id}/revoke";
        account.MapPage(Pattern, http => AskAsync(http, "", FormErrors.None)).ForAccount(Permission.Write);
        account.MapForm(Pattern, RevokeAsync).ForAccount(Permission.Write);
    }

    private static async Task<IResult> AskAsync(HttpContext http, string typed, FormErrors errors)
    {
        var (admin, id) = (http.Admin(), KeysPages.IdOf(http));
        if (!(await GetKey.RunAsync(admin, http.Caller(), id)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        var since = admin.Clock.Now() - TimeSpan.FromDays(1);
        var counts = await admin.Database.ReadAsync(s => s.GetUsageAsync(id, since));
        var model = new RevokeModel(found.ApiKey, counts.Sum(c => c.Requests), typed, errors);
        return new Page<RevokePage, RevokeModel>(model, errors.Status);
    }

    private static async Task<IResult> RevokeAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var typed = form["confirmation"].ToString();
        var request = new RevokeKey.Request(typed);
        var outcome = await RevokeKey.RunAsync(http.Admin(), http.Caller(), KeysPages.IdOf(http), request);
        if (outcome.TryGet(out var written, out var problem))
            return await ConsoleWrites.LeadAsync(http, written, KeysPages.PathOf(http));
        if (problem.Code == Problems.ConfirmationMismatch("key").Code)
            problem = Problems.Validation(
                "confirmation",
                problem.Code,
                "This is not the key’s name, letter by letter."
            );
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await AskAsync(http, typed, new FormErrors(problem));
    }
}
