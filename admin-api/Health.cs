namespace Gateway.Admin;

/// <summary><c>/healthz</c>: the process runs. <c>/readyz</c>: it can work, or in words why not.</summary>
public static class Health
{
    /// <summary>Maps both.</summary>
    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Json(new { Status = "ok" }, Json.Options))
            .OpenToAnyone()
            .ExcludeFromDescription();
        app.MapGet("/readyz", (Schema schema) => ReadyAsync(schema)).OpenToAnyone().ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(Schema schema)
    {
        var problem = await schema.CheckAsync();
        return problem is null
            ? Results.Json(new { Status = "ready" }, Json.Options)
            : Results.Json(new { Status = "unavailable", Reason = problem }, Json.Options, statusCode: 503);
    }
}
