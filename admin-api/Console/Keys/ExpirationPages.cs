using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is shown to change when a key ends.</summary>
/// <param name="Key">The key.</param>
/// <param name="Form">What was typed: its expiry alone.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record ExpirationModel(KeyView Key, KeyForm Form, FormErrors Errors);

/// <summary>Changing when a key ends: never, or at a time.</summary>
public static class ExpirationPages
{
    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = KeysPages.Path + "/{id}/expiration";
        account.MapPage(Pattern, http => EditAsync(http, null, FormErrors.None)).ForAccount(Permission.Write);
        account.MapForm(Pattern, ChangeAsync).ForAccount(Permission.Write);
    }

    private static async Task<IResult> EditAsync(HttpContext http, KeyForm? typed, FormErrors errors)
    {
        var found = await GetKey.RunAsync(http.Admin(), http.Caller(), KeysPages.IdOf(http));
        if (!found.TryGet(out var answer, out var problem))
            return new RefusedPage(problem);
        var form = (typed ?? new KeyForm().WithEnd(answer.ApiKey.ExpiresAt)).ForEditing(Frame.ZoneOf(http.Request));
        return new Page<ExpirationPage, ExpirationModel>(new(answer.ApiKey, form, errors), errors.Status);
    }

    private static async Task<IResult> ChangeAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (admin, typed, errors) = (http.Admin(), KeyForm.Read(form), new List<FieldError>());
        var expires = KeyForm.Expires(typed.Expiry, typed.ExpiresAt, typed.Zone, admin.Clock.Now());
        var body = JsonSerializer.SerializeToElement(new JsonObject { ["expiresAt"] = expires });
        var request = Fields.Read(body, UpdateKey.Request.Read, errors, admin.KeyFormat);
        if (errors.Count > 0)
            return await EditAsync(http, typed, new FormErrors(Problems.Validation(errors)));
        // Somebody else may have changed it since this page was opened.
        if (long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            request = request with { IfMatch = ETags.Of(version) };
        var id = KeysPages.IdOf(http);
        var outcome = await UpdateKey.RunAsync(admin, http.Caller(), id, request);
        if (outcome.TryGet(out var written, out var problem))
            return await ConsoleWrites.LeadAsync(http, written, KeysPages.PathOf(http, id));
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await EditAsync(http, typed, new FormErrors(ConsoleProblems.ForPeople(problem)));
    }
}
