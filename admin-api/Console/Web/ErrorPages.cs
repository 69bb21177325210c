using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;

namespace Gateway.Admin;

/// <summary>What is shown of a refusal or a failure.</summary>
/// <param name="Problem">What was refused.</param>
/// <param name="RequestId">Ties it to log and audit.</param>
public sealed record ErrorModel(Problem Problem, string RequestId);

/// <summary>A form that could not be taken yet, with what was typed.</summary>
/// <param name="Title">What happened.</param>
/// <param name="Text">What to do now.</param>
/// <param name="MustSignIn">Whether to sign in first, in another tab.</param>
/// <param name="Action">Where the form goes.</param>
/// <param name="Fields">What was typed.</param>
public sealed record KeptFormModel(
    string Title,
    string Text,
    bool MustSignIn,
    string Action,
    IReadOnlyList<(string Name, string Value)> Fields
);

/// <summary>Refusals as pages.</summary>
public static class ErrorPages
{
    /// <summary>A refusal, for people.</summary>
    public static async Task WriteAsync(HttpContext http, Problem problem)
    {
        if (problem.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var page = new Page<ErrorPage, ErrorModel>(new ErrorModel(problem, http.RequestId()), problem.Status);
        await page.ExecuteAsync(http);
    }

    /// <summary>
    /// The session ended while somebody typed. They sign in in another tab and send the same form again; it then carries
    /// an old token, and is shown once more to be confirmed.
    /// </summary>
    public static Task<IResult> SessionEndedAsync(HttpContext http) =>
        KeepAsync(
            http,
            StatusCodes.Status401Unauthorized,
            "Your session has ended",
            "Nothing was changed, and nothing you typed is lost. Sign in again in a new tab, come back here and "
                + "continue.",
            mustSignIn: true
        );

    /// <summary>The form's token is not one of this session: the page is from before it.</summary>
    public static Task<IResult> StaleFormAsync(HttpContext http) =>
        KeepAsync(
            http,
            StatusCodes.Status400BadRequest,
            "Please confirm",
            "This form was opened before you signed in, or by another tab. Nothing was changed yet. Continue if it was "
                + "you who sent it.",
            mustSignIn: false
        );

    private static async Task<IResult> KeepAsync(
        HttpContext http,
        int status,
        string title,
        string text,
        bool mustSignIn
    )
    {
        var options =
            http.RequestServices.GetRequiredService<Microsoft.Extensions.Options.IOptions<AntiforgeryOptions>>();
        var fields = new List<(string, string)>();
        if (http.Request.HasFormContentType)
        {
            foreach (var (name, values) in await http.Request.ReadFormAsync(http.RequestAborted))
            {
                if (name != options.Value.FormFieldName)
                    fields.AddRange(values.Select(value => (name, value ?? "")));
            }
        }
        var action = http.Request.Path + http.Request.QueryString;
        return new Page<KeptFormPage, KeptFormModel>(
            new KeptFormModel(title, text, mustSignIn, action, fields),
            status
        );
    }
}

/// <summary>Answers with a refusal, as a page.</summary>
public sealed class RefusedPage(Problem problem) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext http) => ErrorPages.WriteAsync(http, problem);
}
