using Gateway.Keys;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>What the guard found.</summary>
/// <param name="Refusal">Why the request is refused; null when it may be routed.</param>
/// <param name="CloseConnection">Whether the connection cannot be trusted either:
/// <see cref="RequestGuard.Close"/> it with the answer.</param>
/// <param name="Detail">For the log: one of a few constants that say which rule it was and repeat nothing.</param>
/// <param name="Escapes">Escapes in the path that the matched route must allow
/// (<see cref="RoutePolicy.AllowEncoded"/>).</param>
public readonly record struct GuardResult(
    DenyReason? Refusal,
    bool CloseConnection,
    string? Detail,
    EncodedSet Escapes = default
);

/// <summary>
/// Refuses, before routing, every request that can be read in more than one way (SPEC 5a). What the client sent, what
/// Kestrel made of it and what the upstream will make of it can be three different requests; a decision that hangs on
/// the route must not be. The order: the method, the target as it came over the wire, the framing, the headers, and
/// keys that are where they should not be. Pure but for what it reads, and on the good path it allocates nothing.
/// </summary>
public sealed class RequestGuard(KeyFormat format)
{
    /// <summary>Value of <c>Allow</c> with a 405 of the guard.</summary>
    public const string AllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /// <summary>Rules that a test has taken out.</summary>
    internal EdgeRules Without { get; set; }

    /// <summary>Judges a request; reads nothing of its body.</summary>
    public GuardResult Judge(HttpContext context)
    {
        if (!IsServed(context) && Holds(EdgeRules.Methods))
            return new(DenyReason.MethodNotAllowed, false, "the method is not served");
        var escapes = default(EncodedSet);
        if (JudgeTarget(TargetOf(context), ref escapes) is { } ambiguous)
            return new(DenyReason.BadRequest, false, ambiguous);
        if (RequestGuardHeaders.JudgeFraming(context.Request) is { } framing && Holds(EdgeRules.Framing))
            return new(DenyReason.BadRequest, true, framing);
        if (JudgeHeaders(context.Request.Headers) is { } malformed)
            return new(DenyReason.BadRequest, false, malformed);
        if (RequestGuardHeaders.IsTooLarge(context) && Holds(EdgeRules.Length))
            return new(DenyReason.PayloadTooLarge, true, "the declared length is over the limit");
        if (!escapes.IsEmpty && Holds(EdgeRules.Escapes))
            context.Features.Set(new Remembered(escapes));
        return new(null, false, null, escapes);
    }

    /// <summary>Escapes in the path of a judged request that the matched route must allow, or the request is 400.</summary>
    public static EncodedSet EscapesOf(HttpContext context) =>
        // Asking for a feature that nobody has set is the dearest way to learn that there are none.
        TargetOf(context).Contains('%')
            ? context.Features.Get<Remembered>()?.Escapes ?? default
            : default;

    /// <summary>Lets the connection end with this response. Call it before the response starts.</summary>
    public static void Close(HttpContext context)
    {
        if (context.Request.Protocol is "HTTP/1.1" or "HTTP/1.0")
            context.Response.Headers.Connection = "close";
        else
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    // An HTTP/2 CONNECT without a path has no target at all.
    private static string TargetOf(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget ?? "";

    // Methods are compared as they are: "get" is not GET, though routing and YARP would take it for one.
    private static bool IsServed(HttpContext context) =>
        context.Request.Method switch
        {
            "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" => true,
            // RFC 8441: WebSocket over HTTP/2. Everything else CONNECT could mean is a tunnel.
            "CONNECT" => context.Features.Get<IHttpExtendedConnectFeature>()
                is { IsExtendedConnect: true, Protocol: "websocket" },
            _ => false,
        };

    private string? JudgeTarget(ReadOnlySpan<char> target, ref EncodedSet escapes)
    {
        var question = target.IndexOf('?');
        var path = question < 0 ? target : target[..question];
        return InForce(EdgeRules.Path, RequestGuardPath.Judge(path, ref escapes))
            ?? InForce(EdgeRules.Query, RequestGuardQuery.Judge(question < 0 ? [] : target[(question + 1)..], format));
    }

    private string? JudgeHeaders(IHeaderDictionary headers) =>
        InForce(EdgeRules.Semantics, RequestGuardHeaders.JudgeSemantics(headers))
        ?? InForce(EdgeRules.Text, RequestGuardHeaders.JudgeText(headers))
        ?? InForce(EdgeRules.Cookies, RequestGuardQuery.JudgeCookies(headers.Cookie, format));

    private string? InForce(EdgeRules rule, string? fault) => fault is not null && Holds(rule) ? fault : null;

    private bool Holds(EdgeRules rule) => (Without & rule) is EdgeRules.None;

    private sealed record Remembered(EncodedSet Escapes);
}
