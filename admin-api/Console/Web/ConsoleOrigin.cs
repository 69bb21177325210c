using Microsoft.Extensions.Primitives;

namespace Gateway.Admin;

/// <summary>
/// Whether a request was meant for this console and came from its own pages.
/// <code>
/// Host     ours: a page elsewhere that has its own name resolve to this machine (DNS rebinding) is refused
/// POST     Origin is ours, or at least Sec-Fetch-Site says same-origin; a browser always sends one of the two
/// </code>
/// It stands before the antiforgery token: neither alone is trusted.
/// </summary>
public sealed class ConsoleOrigin
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    private readonly Uri _url;
    private readonly bool _isLoopback;

    /// <summary>For the console at this address.</summary>
    public ConsoleOrigin(ConsoleOptions options)
    {
        _url = new Uri(options.Url!);
        _isLoopback = Loopback.Contains(_url.Host, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether the request names our host. On loopback any port is ours: other machines' names are what matters,
    /// and a port that the system chose is not known beforehand.</summary>
    public bool IsOurHost(HttpRequest request) =>
        _isLoopback
            ? Loopback.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase)
            : string.Equals(request.Host.Value, _url.Authority, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a request that may change something came from one of our pages.</summary>
    public bool IsOurPage(HttpRequest request)
    {
        var (origin, site) = (request.Headers.Origin, request.Headers["Sec-Fetch-Site"]);
        if (site.Count > 0 && !Is(site, "same-origin"))
            return false;
        return origin.Count > 0 ? Is(origin, OriginOf(request)) : site.Count > 0;
    }

    /// <summary>The address of a page of ours, as the browser that asks must call it.</summary>
    public string UrlOf(HttpRequest request, string path) => OriginOf(request) + path;

    private string OriginOf(HttpRequest request) => $"{_url.Scheme}://{request.Host.Value}";

    private static bool Is(StringValues values, string expected) =>
        values is [{ } value] && string.Equals(value, expected, StringComparison.OrdinalIgnoreCase);
}
