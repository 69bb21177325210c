using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Sessions of the console. They live in the store; the browser has a random token in a cookie that no script can read,
/// and the store has its hash. Whoever signs in gets a new token, and each request finds out anew whom it stands for:
/// a removed person or operator is out with the next click.
/// </summary>
public sealed class Sessions(AdminServices admin)
{
    private const int TokenBytes = 32;
    private const int TokenLength = 43;

    // How much later than it was a session may seem to have been used last: a write for each click would be too many.
    private static readonly TimeSpan SeenWithin = TimeSpan.FromMinutes(1);

    private readonly ConsoleOptions _options = admin.Settings.Admin.Console;

    private string CookieName => _options.IsTls ? "__Host-console" : "console";

    private TimeSpan Idle => TimeSpan.FromMinutes(_options.IdleMinutes);

    /// <summary>Signs somebody in and ends the session this browser had before.</summary>
    /// <param name="http">Gets the cookie.</param>
    /// <param name="issuer">The identity provider; empty for an operator.</param>
    /// <param name="subject">The person's id there, or the operator's id.</param>
    /// <param name="actors">What this makes them, in each account: the audit log says so.</param>
    public async Task BeginAsync(HttpContext http, string issuer, string subject, IReadOnlyList<Actor> actors)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        var now = admin.Clock.Now();
        var row = new ConsoleSession(
            HashOf(token),
            issuer,
            subject,
            subject == Actor.ConfiguredOperatorId ? Proof(token) : null,
            now,
            now,
            now + TimeSpan.FromHours(_options.SessionHours)
        );
        var earlier = TokenOf(http.Request);
        await admin.Database.WriteAsync(async session =>
        {
            if (earlier is not null)
                await session.DeleteConsoleSessionAsync(HashOf(earlier));
            await session.InsertConsoleSessionAsync(row);
            foreach (var actor in actors)
                await session.AuditAsync(admin, CallerOf(http, actor), "console.sign-in", null, null, null);
        });
        // It goes with the browser: whether the store still knows it is what counts.
        http.Response.Cookies.Append(CookieName, token, Cookie());
    }

    /// <summary>Who is signed in; null for nobody. A store that cannot be asked is an exception.</summary>
    public async Task<Identity?> FindAsync(HttpRequest request)
    {
        if (TokenOf(request) is not { } token)
            return null;
        var (hash, now) = (HashOf(token), admin.Clock.Now());
        var identity = await admin.Database.ReadAsync(session => FindAsync(session, token, hash, now));
        if (identity is not null && now - identity.Session.SeenAt >= SeenWithin)
            await admin.Database.WriteAsync(s => s.TouchConsoleSessionAsync(hash, now));
        return identity;
    }

    /// <summary>Ends this browser's session, or every session of whoever has it.</summary>
    public async Task EndAsync(HttpContext http, Identity identity, bool everywhere)
    {
        var session = identity.Session;
        await admin.Database.WriteAsync(async s =>
        {
            if (everywhere)
                await s.DeleteConsoleSessionsAsync(session.Issuer, session.Subject);
            else
                await s.DeleteConsoleSessionAsync(session.TokenHash);
        });
        http.Response.Cookies.Delete(CookieName, Cookie());
    }

    /// <summary>Who signs in, for the audit log.</summary>
    internal static Caller CallerOf(HttpContext http, Actor actor) =>
        new()
        {
            Actor = actor,
            AccountId = actor.AccountId ?? "",
            Ip = http.Admin().TryReadClient(http, out var client) ? client : IPAddress.None,
            RequestId = http.RequestId(),
        };

    private async Task<Identity?> FindAsync(Session session, string token, byte[] hash, DateTimeOffset now)
    {
        var row = await session.FindConsoleSessionAsync(hash);
        if (row is null || !CryptographicOperations.FixedTimeEquals(row.TokenHash, hash))
            return null;
        if (now >= row.ExpiresAt || now >= row.SeenAt + Idle)
            return null;
        if (row.Issuer.Length > 0)
        {
            var people = await session.FindPeopleBySubjectAsync(row.Issuer, row.Subject);
            return people is [var first, ..]
                ? new Identity
                {
                    Session = row,
                    Name = first.Email,
                    People = people,
                }
                : null;
        }
        return await FindOperatorAsync(session, row, token) is { } found
            ? new Identity
            {
                Session = row,
                Name = found.Name,
                Operator = found,
            }
            : null;
    }

    private async Task<Actor?> FindOperatorAsync(Session session, ConsoleSession row, string token)
    {
        if (row.Subject == Actor.ConfiguredOperatorId)
            return
                row.Proof is { } proof
                && CryptographicOperations.FixedTimeEquals(proof, Proof(token))
                && !await LeakedTokens.IsConfiguredRefusedAsync(session, admin)
                ? Actor.ConfiguredOperator()
                : null;
        return await session.GetOperatorAsync(row.Subject) is { } named ? Actor.Operator(named.Id, named.Name) : null;
    }

    // The configured operator's sessions end when its token is changed. The key of the HMAC is not in the store, so that
    // whoever reads the store has nothing to try tokens against.
    private byte[] Proof(string token) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(admin.Settings.Admin.OperatorToken));

    private string? TokenOf(HttpRequest request) =>
        request.Cookies[CookieName] is { Length: TokenLength } token && Base64Url.IsValid(token) ? token : null;

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // Lax, not Strict: a link in a message opens the page one is signed in to. Forms have tokens of their own.
    private CookieOptions Cookie() =>
        new()
        {
            HttpOnly = true,
            Secure = _options.IsTls,
            SameSite = SameSiteMode.Lax,
            Path = _options.IsTls ? "/" : ConsoleApp.Root,
        };
}
