using System.Data.Common;
using Gateway.Keys.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;

namespace Gateway.Admin;

/// <summary>Signing people in by an identity provider. Nobody is made up at sign-in: an identity that is bound already, or
/// whose verified address is invited, is let in; the first sign-in binds the invitation to the identity for good.</summary>
public static class OidcSignIn
{
    private const string Scheme = "provider";
    private const string CallbackPath = SignInPages.Path + "/callback";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>What it needs.</summary>
    public static void AddServices(IServiceCollection services, AdminOptions admin)
    {
        var oidc = admin.Oidc;
        services.AddSingleton(s => new OidcProvider(oidc, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new OidcTokens(
            oidc,
            s.GetRequiredService<OidcProvider>(),
            s.GetRequiredService<TimeProvider>()
        ));
        services
            .AddAuthentication()
            .AddOAuth<OAuthOptions, OidcHandler>(
                Scheme,
                o =>
                {
                    (o.ClientId, o.ClientSecret) = (oidc.ClientId, oidc.ClientSecret);
                    // The provider's own metadata says where both are; the framework wants something here at start.
                    o.AuthorizationEndpoint = o.TokenEndpoint = oidc.Authority;
                    o.CallbackPath = CallbackPath;
                    o.UsePkce = true;
                    o.BackchannelTimeout = Timeout;
                    o.SignInScheme = "sessions"; // never asked: the ticket ends in FinishAsync
                    foreach (var scope in oidc.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                        o.Scope.Add(scope);
                    o.CorrelationCookie.Path = SignInPages.Path;
                    o.CorrelationCookie.SameSite = SameSiteMode.Lax;
                    o.CorrelationCookie.SecurePolicy = admin.Console.IsTls
                        ? CookieSecurePolicy.Always
                        : CookieSecurePolicy.None;
                    o.Events.OnTicketReceived = FinishAsync;
                    o.Events.OnRemoteFailure = FailAsync;
                }
            );
    }

    /// <summary>Maps the way to the provider; the way back is the framework's.</summary>
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPage(SignInPages.Path + "/provider", StartAsync).ForAnyone();

    private static async Task<IResult> StartAsync(HttpContext http)
    {
        var wanted = http.Request.Query["return"].ToString();
        var limit = http.RequestServices.GetRequiredService<SignInLimit>();
        if (!http.Admin().TryReadClient(http, out var client) || !limit.TryTake(client))
            return SignInPages.Refuse(http, ConsoleProblems.TooManySignIns(), wanted);
        var properties = new AuthenticationProperties { RedirectUri = SignInPages.ReturnOf(wanted) };
        try
        {
            await http.ChallengeAsync(Scheme, properties);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return Unavailable(http, e, wanted);
        }
        return Results.Empty;
    }

    private static async Task FinishAsync(TicketReceivedContext context)
    {
        var (http, admin) = (context.HttpContext, context.HttpContext.Admin());
        var principal = context.Principal!;
        var person = new OidcPerson(
            principal.FindFirst(OidcTokens.Subject)!.Value,
            principal.FindFirst(OidcTokens.Email)?.Value
        );
        var issuer = admin.Settings.Admin.Oidc.Authority;
        var people = await FindAsync(http, issuer, person);
        context.HandleResponse();
        IResult next = new SeeOther(SignInPages.ReturnOf(context.ReturnUri));
        if (people.Count == 0)
            next = SignInPages.Refuse(http, ConsoleProblems.NotInvited(person.Email), context.ReturnUri ?? "");
        else
            await http
                .RequestServices.GetRequiredService<Sessions>()
                .BeginAsync(
                    http,
                    issuer,
                    person.Subject,
                    [.. people.Select(p => PersonRoles.ActorOf(p, admin.KeyFormat))]
                );
        await next.ExecuteAsync(http);
    }

    private static async Task<IReadOnlyList<Person>> FindAsync(HttpContext http, string issuer, OidcPerson person)
    {
        var admin = http.Admin();
        if (person.Email is { } email)
        {
            foreach (var invitation in await admin.Database.ReadAsync(s => s.ListInvitationsAsync(email)))
                await BindAsync(http, invitation, issuer, person.Subject);
        }
        return await admin.Database.ReadAsync(s => s.FindPeopleBySubjectAsync(issuer, person.Subject));
    }

    private static async Task BindAsync(HttpContext http, Person invitation, string issuer, string subject)
    {
        var admin = http.Admin();
        var actor = PersonRoles.ActorOf(invitation, admin.KeyFormat);
        var caller = Sessions.CallerOf(http, actor);
        try
        {
            await admin.Database.WriteAsync(async session =>
            {
                if (await session.BindPersonAsync(invitation.Id, issuer, subject))
                    await session.AuditAsync(admin, caller, "person.bind", null, null, null);
            });
        }
        catch (DbException e) when (Dialect.IsUniqueViolation(e))
        {
            // This identity is somebody of the account already, by another address.
        }
    }

    private static async Task FailAsync(RemoteFailureContext context)
    {
        context.HandleResponse();
        var http = context.HttpContext;
        var wanted = context.Properties?.RedirectUri ?? "";
        var page = context.Failure is HttpRequestException or TaskCanceledException
            ? Unavailable(http, context.Failure, wanted)
            : SignInPages.Refuse(http, ConsoleProblems.SignInRefused(), wanted, context.Failure);
        await page.ExecuteAsync(http);
    }

    private static IResult Unavailable(HttpContext http, Exception e, string wanted) =>
        SignInPages.Refuse(http, ConsoleProblems.ProviderUnavailable(), wanted, e);
}
