using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Admin;

/// <summary>Rotating a key, inline in the table. The answer shows the successor's secret, as making a key does.</summary>
public static class RotateKeyPages
{
    /// <summary>Hours that are proposed.</summary>
    public const int DefaultHours = 24;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder account) =>
        account.MapForm(KeysPages.Path + "/{id}/rotate", RotateAsync).ForAccount(Permission.Write);

    private static async Task<IResult> RotateAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (id, errors) = (KeysPages.IdOf(http), new List<Gateway.Keys.FieldError>());
        var request = Fields.Read(
            BodyOf(form["hours"].ToString()),
            RotateKey.Request.Read,
            errors,
            http.Admin().KeyFormat
        );
        if (errors.Count > 0)
            return await KeyPages.ShowAsync(http, new FormErrors(Problems.Validation(errors)));
        var outcome = await ConsoleWrites.OnceAsync<RotateKey.Response>(
            http,
            form["once"].ToString(),
            caller => RotateKey.RunAsync(http.Admin(), caller, id, request)
        );
        if (outcome.TryGet(out var written, out var problem))
            return await CreateKeyPages.GeneratedAsync(
                http,
                written.Answer.ApiKey,
                written.Change,
                written.Answer.PreviousKey
            );
        return problem.Code is "ALREADY_DONE" or "KEY_NOT_FOUND"
            ? new RefusedPage(problem)
            : await KeyPages.ShowAsync(http, new FormErrors(problem));
    }

    private static JsonElement BodyOf(string hours) =>
        JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["gracePeriodHours"] = int.TryParse(
                    hours,
                    System.Globalization.NumberStyles.AllowLeadingSign,
                    System.Globalization.CultureInfo.InvariantCulture,
                    out var number
                )
                    ? number
                    : hours,
            }
        );
}
