using System.Security.Claims;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Gateway.Listeners;
using Microsoft.AspNetCore.Antiforgery;

namespace Gateway.Admin;

/// <summary>
/// The way in to a page, after routing and before every page:
/// <code>
/// 1 headers             every answer under the console's path has them, refusals too
/// 2 host, origin        the request was meant for us, and a form came from one of our pages
/// 3 session             cookie to identity, read anew each time; none: sign in first
/// 4 account             another's does not exist
/// 5 permission          of a person; operators need none
/// 6 form token          bound to the session
/// </code>
/// A bearer credential is never looked at here, as a cookie is never looked at by the API.
/// </summary>
public sealed class ConsoleGate(
    RequestDelegate next,
    AdminServices admin,
    Sessions sessions,
    ConsoleOrigin origin,
    Schema schema,
    IAntiforgery antiforgery,
    Strangers strangers
)
{
    /// <summary>Lets the request in, or answers why not.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var isPage = http.GetEndpoint()?.Metadata.GetMetadata<ConsoleRule>() is not null;
        if (!isPage && !ConsoleApp.IsPage(http.Request.Path))
        {
            await next(http);
            return;
        }
        var isTls = admin.Settings.Admin.Console.IsTls;
        ConsoleHeaders.Set(http.Response, isTls);
        // A proxy in front may have ended TLS; cookies for TLS alone are made for what the browser sees.
        if (isTls)
            http.Request.Scheme = "https";
        if (await RefuseAsync(http) is { } refusal)
            await refusal.ExecuteAsync(http);
        else
            await next(http);
    }

    private async Task<IResult?> RefuseAsync(HttpContext http)
    {
        var isForm = HttpMethods.IsPost(http.Request.Method);
        if (!origin.IsOurHost(http.Request) || (isForm && !origin.IsOurPage(http.Request)))
            return new RefusedPage(ConsoleProblems.NotOurs());
        // Of nothing that is here: answered as such.
        if (http.GetEndpoint()?.Metadata.GetMetadata<ConsoleRule>() is not { } rule)
            return null;
        if (rule.Audience != Audience.Anyone)
        {
            if (!schema.IsCurrent)
                return new RefusedPage(Problems.NotReady());
            if (await sessions.FindAsync(http.Request) is not { } identity)
                return isForm ? await ErrorPages.SessionEndedAsync(http) : SignInPages.Redirect(http.Request);
            if (await EnterAsync(http, rule, identity) is { } problem)
                return new RefusedPage(problem);
            strangers.Know(http);
        }
        if (!isForm || await antiforgery.IsRequestValidAsync(http))
            return null;
        // Of what was typed to sign in, nothing is shown again.
        return rule.Audience == Audience.Anyone
            ? new RefusedPage(ConsoleProblems.StaleSignIn())
            : await ErrorPages.StaleFormAsync(http);
    }

    private async Task<Problem?> EnterAsync(HttpContext http, ConsoleRule rule, Identity identity)
    {
        Visit.Set(http, new Visit(identity, null));
        // What form tokens are bound to.
        var name = Convert.ToHexStringLower(identity.Session.TokenHash);
        http.User = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, name)], "console"));
        if (!admin.TryReadClient(http, out var client))
            return Problem.Of(DenyReason.BadRequest);
        if (rule.Audience == Audience.Operators && identity.Operator is null)
            return Problems.OperatorsOnly();
        var actor = identity.Operator;
        Account? account = null;
        if (http.Request.RouteValues["accountId"] is string id)
        {
            actor = identity.ActorIn(admin, id);
            account = actor is null ? null : await admin.Database.ReadAsync(s => s.GetAccountAsync(id));
            if (account is null)
                return Problems.AccountNotFound();
        }
        if (actor is null)
            return null;
        Visit.Set(http, new Visit(identity, account));
        http.SetCaller(
            new Caller
            {
                Actor = actor,
                AccountId = account?.Id ?? "",
                Permission = rule.Permission,
                Ip = client,
                RequestId = http.RequestId(),
                Wait = admin.Settings.Changes.ReceiptTimeout,
            }
        );
        return rule.Permission is { } needed && !actor.Reach.Grants.Allows(needed)
            ? ConsoleProblems.OwnersOnly()
            : null;
    }
}
