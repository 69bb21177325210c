using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Admin;

/// <summary>
/// <c>POST /v1/leaks</c>: keys that were found in public, reported by a scanner that signs (<see cref="ReportSignature"/>)
/// or by an operator. Each key of ours is stopped by <see cref="LeakOptions.Action"/>; the rest is said to be false.
/// </summary>
public static class ReportLeaks
{
    private const string True = "true_positive";
    private const string False = "false_positive";

    /// <summary>What a reporter is answered of each finding, in the words of its protocol.</summary>
    /// <param name="TokenHash">SHA-256 of what was found, in hexadecimal: the finding itself is not sent back.</param>
    /// <param name="TokenType">As it was reported.</param>
    /// <param name="Label"><c>true_positive</c>: it is a key of ours; <c>false_positive</c>: it is none.</param>
    public sealed record Finding(
        [property: JsonPropertyName("token_hash")] string TokenHash,
        [property: JsonPropertyName("token_type")] string? TokenType,
        [property: JsonPropertyName("label")] string Label
    );

    /// <summary>What an operator is answered of each finding.</summary>
    /// <param name="TokenHash">SHA-256 of what was found, in hexadecimal.</param>
    /// <param name="Label"><c>true_positive</c> or <c>false_positive</c>.</param>
    /// <param name="KeyId">The key; null when it is none of ours.</param>
    /// <param name="AccountId">Its account.</param>
    /// <param name="Status">Where it stands now.</param>
    public sealed record LeakView(string TokenHash, string Label, string? KeyId, string? AccountId, string? Status);

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
            .Example(
                """
                [{ "token": "…", "type": "gateway_api_key", "url": "https://example.com/file", "source": "commit" }]
                """
            )
            .Describe("reportLeaks", Tags.Leaks, "Report API keys that were found in public");

    private static async Task<IResult> RunAsync(HttpContext http)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        var read = await JsonBody.ReadAsync(http.Request, http.RequestAborted, JsonValueKind.Array);
        if (!read.TryGet(out var body, out var problem))
            return new ProblemResult(problem);
        if (!LeakReport.ReadAll(body.Json).TryGet(out var reports, out problem))
            return new ProblemResult(problem);
        var (found, change) = (new List<LeakView>(), (long?)null);
        foreach (var report in reports)
        {
            (var view, var last, problem) = await StopAsync(http, admin, caller, report);
            if (problem is not null)
                return new ProblemResult(problem);
            found.Add(view);
            change = last > change || change is null ? last : change;
        }
        if (!caller.Actor.IsOperator)
            return Results.Json(found.Zip(reports, (v, r) => new Finding(v.TokenHash, r.Type, v.Label)), Json.Options);
        // The last change is in force nowhere before the others are.
        var receipt = change is { } number ? await Exchange.ReceiptAsync(http, number) : null;
        return Results.Json(new Envelope<Response>(new Response(found) { Propagation = receipt }), Json.Options);
    }

    private static async Task<(LeakView View, long? Change, Problem? Problem)> StopAsync(
        HttpContext http,
        AdminServices admin,
        Caller caller,
        LeakReport report
    )
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(report.Token)));
        var unknown = new LeakView(hash, False, null, null, null);
        var (key, problem) = await LeakedKeys.FindAsync(admin, report.Token, http.RequestAborted);
        if (key is null)
            return (unknown, null, problem);
        var outcome = await LeakedKeys.StopAsync(admin, caller, key, report, admin.Settings.Leaks.Revokes);
        return outcome.TryGet(out var written, out problem)
            ? (new LeakView(hash, True, key.Id, key.AccountId, StatusOf(written.Answer.ApiKey)), written.Change, null)
            : (unknown, null, problem);
    }

    private static string StatusOf(KeyView key) => key.Status.ToString().ToLowerInvariant();
}
