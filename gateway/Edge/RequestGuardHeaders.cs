using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>
/// Headers that two readers could take differently. Kestrel has refused the worst by now (several Host headers, bad
/// lengths, bare line feeds); it still lets pass what is named here.
/// </summary>
internal static class RequestGuardHeaders
{
    private const string SpoiltHandshake = "a WebSocket handshake has a body, is not a GET or not of HTTP/1.1";

    // tchar of RFC 9110 section 5.6.2. Kestrel forwards any name without a colon or a space.
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
    );

    // Controls other than the tab (RFC 9110 section 5.5). Over HTTP/2 a line feed is one of them.
    private static readonly SearchValues<char> Controls = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Append(0x7F).Select(c => (char)c).Where(c => c is not '\t'),
    ]);

    /// <summary>Judges how the message says where it ends. A fault here means that the next request on this
    /// connection may be part of this one, so the connection goes too.</summary>
    /// <returns>Why it is refused, for the log; null when it is not.</returns>
    public static string? JudgeFraming(HttpRequest request)
    {
        var headers = request.Headers;
        var coding = headers.TransferEncoding;
        if (coding.Count is 0)
            return IsSpoiltHandshake(request) ? SpoiltHandshake : null;
        if (request.Protocol is not "HTTP/1.1")
            return "Transfer-Encoding is not of this version of HTTP";
        if (coding.Count > 1 || !"chunked".Equals(coding[0], StringComparison.OrdinalIgnoreCase))
            return "Transfer-Encoding is not just chunked";
        // Kestrel renames the Content-Length it overrides, and leaves it to the upstream to make sense of it.
        if (headers.ContentLength is not null || headers.ContainsKey("X-Content-Length"))
            return "Transfer-Encoding and Content-Length";
        return IsSpoiltHandshake(request) ? SpoiltHandshake : null;
    }

    /// <summary>Judges the headers that decide who asks, and for whom.</summary>
    /// <returns>Why it is refused, for the log; null when it is not.</returns>
    public static string? JudgeSemantics(IHeaderDictionary headers)
    {
        if (headers.Host.Count > 1)
            return "several Host headers";
        if (headers.Authorization is { Count: > 0 } authorization)
        {
            if (authorization.Count > 1)
                return "several Authorization headers";
            // A no-break space or a next-line control is white space to some parsers, .NET's Trim among them.
            if (!System.Text.Ascii.IsValid(authorization[0]))
                return "Authorization is not ASCII";
        }

        if (headers.Expect is { Count: > 0 } expect)
        {
            if (expect.Count > 1 || !"100-continue".Equals(expect[0], StringComparison.OrdinalIgnoreCase))
                return "an expectation nobody can meet";
        }

        return null;
    }

    /// <summary>Judges every name and value as text.</summary>
    /// <returns>Why it is refused, for the log; null when it is not.</returns>
    public static string? JudgeText(IHeaderDictionary headers)
    {
        using var copied = new CopiedHeaders(headers);
        foreach (var (name, values) in copied.All)
        {
            if (name.AsSpan().ContainsAnyExcept(NameCharacters))
                return "a header name is not a token";
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i].AsSpan().ContainsAny(Controls))
                    return "a header value has a control character";
            }
        }

        return null;
    }

    /// <summary>Whether the body is declared larger than the server will read; an undeclared one is cut off by the
    /// server when it gets there.</summary>
    public static bool IsTooLarge(HttpContext context) =>
        context.Request.Headers.ContentLength is > 0 and var length
        && length > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;

    // RFC 6455 section 4.1. What follows the handshake is frames; a body would be read as such by one side only. Over
    // HTTP/1.0 an upgrade is to be ignored (RFC 9110 section 7.8): who sends it, a proxy perhaps, would not know that the
    // answers have come to an end.
    private static bool IsSpoiltHandshake(HttpRequest request) =>
        request.Headers.Upgrade is { Count: > 0 } upgrade
        && ReservedHeaders.IsWebSocket(upgrade)
        && (
            request.Method is not "GET"
            || request.Protocol is not "HTTP/1.1"
            || request.Headers.ContentLength is > 0
            || request.Headers.TransferEncoding.Count > 0
        );
}
