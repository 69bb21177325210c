using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.AspNetCore.Antiforgery;

namespace Gateway.Admin;

/// <summary>What surrounds every page: who looks at what, when, in which zone.</summary>
public sealed record Frame
{
    private const string ZoneCookie = "console-zone";

    /// <summary>Style and script.</summary>
    public required ConsoleAssets Assets { get; init; }

    /// <summary>Goes with every form; what the page answers for.</summary>
    public required AntiforgeryTokenSet FormToken { get; init; }

    /// <summary>Who looks; null before sign-in.</summary>
    public Identity? Identity { get; init; }

    /// <summary>The account looked at; null for none.</summary>
    public Account? Account { get; init; }

    /// <summary>Whether the viewer may change keys of the account.</summary>
    public bool CanWrite { get; init; }

    /// <summary>The page's own path.</summary>
    public required string Path { get; init; }

    /// <summary>What "ago" is counted from.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The viewer's zone, in which all times are shown.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>Root of the pages about the account.</summary>
    public string AccountPath => ConsoleApp.AccountPath(Account?.Id ?? "");

    /// <summary>That of a request.</summary>
    public static Frame Of(HttpContext http)
    {
        var visit = Visit.Of(http);
        var services = http.RequestServices;
        return new Frame
        {
            Assets = services.GetRequiredService<ConsoleAssets>(),
            FormToken = services.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http),
            Identity = visit.Identity,
            Account = visit.Account,
            CanWrite = visit.Account is not null && http.Caller().Actor.Reach.Grants.Allows(Permission.Write),
            Path = http.Request.Path,
            Now = http.Admin().Clock.Now(),
            Zone = ZoneOf(http.Request),
        };
    }

    /// <summary>The zone that our script has the browser state, else UTC. It is no secret and decides nothing but how times
    /// are written and read.</summary>
    public static TimeZoneInfo ZoneOf(HttpRequest request) =>
        request.Cookies[ZoneCookie] is { Length: > 0 and <= 64 } name
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? zone
            : TimeZoneInfo.Utc;
}
