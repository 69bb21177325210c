using System.Globalization;

namespace Gateway.Admin;

/// <summary>What the sign-in page shows.</summary>
/// <param name="Return">The page to go to afterwards.</param>
/// <param name="Problem">Why the last attempt failed; null for none.</param>
/// <param name="Provider">What the identity provider is called; null when there is none.</param>
public sealed record SignInModel(string Return, Problem? Problem = null, string? Provider = null);

/// <summary>Signing in as an operator, by token or by the code of a link, and signing out.</summary>
public static class SignInPages
{
    /// <summary>Where it is.</summary>
    public const string Path = ConsoleApp.Root + "/sign-in";

    private const string ReturnField = "return";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, http => Task.FromResult<IResult>(Show(http))).ForAnyone();
        app.MapForm(Path + "/token", http => TryAsync(http, f => ByTokenAsync(http, f))).ForAnyone();
        app.MapForm(Path + "/code", http => TryAsync(http, f => ByCodeAsync(http, f))).ForAnyone();
        app.MapForm(ConsoleApp.Root + "/sign-out", SignOutAsync).ForSignedIn();
    }

    /// <summary>To the sign-in page, and from there back to where one wanted to go.</summary>
    public static IResult Redirect(HttpRequest wanted) =>
        new SeeOther($"{Path}?{ReturnField}={Uri.EscapeDataString(wanted.Path + wanted.QueryString)}");

    /// <summary>A page of ours to go on to; the start page instead of anything else, so that nobody's link leads through
    /// our sign-in to another site.</summary>
    public static string ReturnOf(string? asked) =>
        asked?.StartsWith('/') == true
        && ConsoleApp.IsPage(new PathString(asked.Split('?')[0]))
        && asked.All(c => c is > ' ' and <= '~' and not '\\')
            ? asked
            : ConsoleApp.Root;

    private static Page<SignInPage, SignInModel> Show(HttpContext http, Problem? problem = null, string? wanted = null)
    {
        if (problem?.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var oidc = http.Admin().Settings.Admin.Oidc;
        var path = ReturnOf(wanted ?? http.Request.Query[ReturnField]);
        var model = new SignInModel(path, problem, oidc.IsOn ? oidc.Name : null);
        return new(model, problem?.Status ?? StatusCodes.Status200OK);
    }

    // As with the API: who tries tokens shows in the log, and never what was tried.
    /// <summary>The sign-in page with why it came to nothing.</summary>
    public static IResult Refuse(HttpContext http, Problem problem, string wanted, Exception? cause = null)
    {
        var log = http.RequestServices.GetRequiredService<ILogger<ConsoleGate>>();
        var peer = http.Connection.RemoteIpAddress;
        var why = cause is null ? "" : $"{cause.Message} {cause.InnerException?.Message}";
        log.LogInformation(
            "Not signed in: {Code}, {RequestId}, {Peer} {Why}",
            problem.Code,
            http.RequestId(),
            peer,
            why
        );
        return Show(http, problem, wanted);
    }

    private static async Task<IResult> TryAsync(HttpContext http, Func<IFormCollection, Task<Actor?>> find)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (wanted, admin) = (form[ReturnField].ToString(), http.Admin());
        var limit = http.RequestServices.GetRequiredService<SignInLimit>();
        if (!admin.TryReadClient(http, out var client) || !limit.TryTake(client))
            return Refuse(http, ConsoleProblems.TooManySignIns(), wanted);
        if (await find(form) is not { } actor)
            return Refuse(http, ConsoleProblems.SignInRefused(), wanted);
        var sessions = http.RequestServices.GetRequiredService<Sessions>();
        await sessions.BeginAsync(http, issuer: "", actor.Id, [actor]);
        return new SeeOther(ReturnOf(wanted));
    }

    private static async Task<Actor?> ByTokenAsync(HttpContext http, IFormCollection form)
    {
        var authenticator = http.RequestServices.GetRequiredService<Authenticator>();
        var token = form["token"].ToString().Trim();
        return (await authenticator.AuthenticateOperatorAsync(token, http.RequestAborted)).Value;
    }

    private static async Task<Actor?> ByCodeAsync(HttpContext http, IFormCollection form)
    {
        var admin = http.Admin();
        var authenticator = http.RequestServices.GetRequiredService<Authenticator>();
        var configured = Actor.ConfiguredOperator();
        return
            await authenticator.RefuseConfiguredAsync(configured) is null
            && await SignInCodes.TakeAsync(admin.Database, admin.Clock, form["code"].ToString().Trim())
            ? configured
            : null;
    }

    private static async Task<IResult> SignOutAsync(HttpContext http)
    {
        var sessions = http.RequestServices.GetRequiredService<Sessions>();
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        await sessions.EndAsync(http, Visit.Of(http).Identity!, everywhere: form.ContainsKey("everywhere"));
        return new SeeOther(Path);
    }
}
