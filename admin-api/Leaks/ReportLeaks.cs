namespace Gateway.Admin;

/// <summary>
/// <c>POST /v1/leaks</c>: secrets that were found in public, reported by a scanner that signs (<see cref="ReportSignature"/>)
/// or by an operator. Each key of ours is stopped by <see cref="LeakOptions.Action"/>, an operator's token is removed; the rest
/// is said to be false. How, is in <see cref="ReportRound"/>.
/// <code>
/// 200   everything is decided: what cannot be read will not be read the next time
/// 503   something is not: to be sent again, and all else is done; the protocol says nothing of failures
/// </code>
/// </summary>
public static class ReportLeaks
{
    /// <summary>What an operator is answered.</summary>
    /// <param name="Leaks">In the order of the report.</param>
    public sealed record Response(IReadOnlyList<LeakView> Leaks) : Answer;

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app) =>
        app.MapPost("/v1/leaks", (Delegate)RunAsync)
            .ForReporters()
            .Accepts<IReadOnlyList<LeakReport>>("application/json")
            .Produces<Envelope<Response>>()
            .WithMetadata(new AlternativeAnswer(typeof(Finding)))
            .Takes(Parameters.Wait, Parameters.ReporterKey, Parameters.ReporterSignature)
            .Refuses(401, "REPORT_SIGNATURE_INVALID")
            .Refuses(503, "LEAKS_UNDECIDED", "OVERLOADED")
            .Example(
                """
                [{ "token": "…", "type": "gateway_api_key", "url": "https://example.com/file", "source": "commit" }]
                """
            )
            .WithDescription(
                $"Findings are judged one by one, up to {ReportBody.MaxBytes >> 20} MiB of them. One that cannot be read is "
                    + "`unreadable` and does not harm the others. `LEAKS_UNDECIDED` names in `errors` what could not be "
                    + "decided; all else has been carried out. Send the same report again then: what is done is not done "
                    + "twice."
            )
            .Describe("reportLeaks", Tags.Leaks, "Report API keys that were found in public");

    private static async Task<IResult> RunAsync(HttpContext http)
    {
        if (!(await BodyAsync(http)).TryGet(out var body, out var problem))
            return new ProblemResult(problem);
        if (!body.Parse(http.Request.ContentType).TryGet(out var findings, out problem))
            return new ProblemResult(problem);
        var (services, caller) = (http.RequestServices, http.Caller());
        var round = new ReportRound(
            http.Admin(),
            caller,
            services.GetRequiredService<LeakedTokens>(),
            services.GetRequiredService<AdminMetrics>(),
            services.GetRequiredService<ILogger<ReportRound>>()
        );
        var views = await round.RunAsync(findings);
        var undecided = views.Index().Where(v => v.Item.Label == LeakLabels.Undecided).Select(v => v.Index);
        if (undecided.Any())
            return new ProblemResult(LeakProblems.Undecided(undecided));
        if (!caller.Actor.IsOperator)
            return Results.Json(
                views.Zip(findings, (v, f) => new Finding(v.TokenHash, f?.Type, v.Label)),
                Json.Options
            );
        // The last change is in force nowhere before the others are.
        var receipt = round.Change is { } number ? await Exchange.ReceiptAsync(http, number) : null;
        return Results.Json(new Envelope<Response>(new Response(views) { Propagation = receipt }), Json.Options);
    }

    // Of one that is signed it has been read already.
    private static async Task<Outcome<ReportBody>> BodyAsync(HttpContext http) =>
        http.Features.Get<ReportBody>() is { } read ? read : await ReportBody.ReadAsync(http);
}
