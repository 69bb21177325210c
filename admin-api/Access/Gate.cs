using System.Data.Common;
using System.Globalization;
using System.Net;
using Gateway.Keys;
using Gateway.Listeners;

namespace Gateway.Admin;

/// <summary>
/// The way in, after routing and before every endpoint:
/// <code>
/// 1 rule of the endpoint        none stated: closed
/// 2 credential                  Authorization: Bearer, nothing else; cookies are never looked at
///   signature                   of the body instead, where reporters are let in
/// 3 actor                       operator, or key of an account (checks 2 to 7 of SPEC 5)
///   the schema is current       else nothing more is asked of the store
/// 4 account the call is about   another account's does not exist for an actor
/// 5 permission                  of a key or a person; operators need none
/// 6 rate limit                  of a key (check 10)
/// </code>
/// </summary>
public sealed class Gate(
    RequestDelegate next,
    AdminServices admin,
    Authenticator authenticator,
    Schema schema,
    ActorLimits limits,
    Strangers strangers,
    ILogger<Gate> log
)
{
    private const string Scheme = "Bearer ";
    private const double MaxWaitSeconds = 60;

    /// <summary>Lets the request in, or answers why not.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        // Pages of the console have a rule and a gate of their own.
        if (http.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<ConsoleRule>() is null)
        {
            var rule = endpoint.Metadata.GetMetadata<AccessRule>();
            if (rule?.Audience != Audience.Anyone)
            {
                var outcome = rule is null ? Problems.OperatorsOnly() : await AdmitAsync(http, rule);
                if (!outcome.TryGet(out var caller, out var problem))
                {
                    // Who tries tokens shows here: code, request and peer, never what was tried.
                    var peer = http.Connection.RemoteIpAddress;
                    log.LogInformation("Not let in: {Code}, {RequestId}, {Peer}", problem.Code, http.RequestId(), peer);
                    await new ProblemResult(problem).ExecuteAsync(http);
                    return;
                }
                strangers.Know(http);
                http.SetCaller(caller);
            }
        }
        await next(http);
    }

    private async Task<Outcome<Caller>> AdmitAsync(HttpContext http, AccessRule rule)
    {
        if (rule.Audience == Audience.Reporters && ReportSignature.IsOn(http.Request))
            return await AdmitReporterAsync(http);
        if (!ReadCredential(http.Request).TryGet(out var credential, out var problem))
            return problem;
        if (!admin.TryReadClient(http, out var client))
            return Problem.Of(DenyReason.BadRequest);
        if (!(await AuthenticateAsync(credential, client, http.RequestAborted)).TryGet(out var actor, out problem))
            return problem;
        if (!schema.IsCurrent)
            return Problems.NotReady();
        if (await authenticator.RefuseConfiguredAsync(actor) is { } refused)
            return refused;
        if (!Scope(actor, rule, http.Request.RouteValues["accountId"] as string).TryGet(out var account, out problem))
            return problem;
        if (!TryReadWait(http.Request, out var wait))
            return Problems.Validation("wait", "OUT_OF_RANGE", "Must be 0 to 60 seconds.");
        if (limits.Take(http, actor) is { } limited)
            return limited;
        return new Caller
        {
            Actor = actor,
            AccountId = account,
            Permission = rule.Permission,
            Ip = client,
            RequestId = http.RequestId(),
            Wait = wait,
        };
    }

    // Who sends both is neither: it cannot be said whose word it is.
    private async Task<Outcome<Caller>> AdmitReporterAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization.Count > 0 || !admin.TryReadClient(http, out var client))
            return Problem.Of(DenyReason.BadRequest);
        return schema.IsCurrent ? await ReportSignature.AdmitAsync(http, admin, client) : Problems.NotReady();
    }

    private async Task<Outcome<Actor>> AuthenticateAsync(string credential, IPAddress client, CancellationToken ct)
    {
        try
        {
            return await authenticator.AuthenticateAsync(credential, client, schema.IsCurrent, ct);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            return Problem.Of(DenyReason.VerificationUnavailable);
        }
    }

    private static Outcome<string> ReadCredential(HttpRequest request)
    {
        var values = request.Headers.Authorization;
        if (values.Count > 1)
            return Problem.Of(DenyReason.BadRequest);
        return
            values.ToString() is { } value
            && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && value.AsSpan(Scheme.Length).Trim(' ') is { Length: > 0 } credential
            ? credential.ToString()
            : Problem.Of(DenyReason.Unauthorized);
    }

    // An account's own actor may name its account or leave it out; any other account does not exist for it.
    private static Outcome<string> Scope(Actor actor, AccessRule rule, string? named)
    {
        if (actor.IsOperator)
            return named is null && rule.Audience == Audience.Account ? Problems.WhichAccount() : named ?? "";
        if (named is not null && !string.Equals(named, actor.AccountId, StringComparison.Ordinal))
            return Problems.AccountNotFound();
        if (rule.Audience is Audience.Operators or Audience.Reporters)
            return Problems.OperatorsOnly();
        if (rule.Permission is { } needed && !actor.Reach.Grants.Allows(needed))
            return Problem.Of(DenyReason.InsufficientPermissions, needed);
        return actor.AccountId!;
    }

    private bool TryReadWait(HttpRequest request, out TimeSpan wait)
    {
        wait = admin.Settings.Changes.ReceiptTimeout;
        var asked = request.Query["wait"];
        if (asked.Count == 0)
            return true;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        // The range also keeps out the words that are read as numbers: NaN and the infinities.
        var ok =
            double.TryParse(asked, Style, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0 and <= MaxWaitSeconds;
        wait = TimeSpan.FromSeconds(ok ? seconds : 0);
        return ok;
    }
}
