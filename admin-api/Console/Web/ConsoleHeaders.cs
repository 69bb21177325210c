namespace Gateway.Admin;

/// <summary>What every answer of the console tells the browser.</summary>
public static class ConsoleHeaders
{
    /// <summary>Nothing is loaded but our own style, script and pages, nothing runs inline, forms are sent to us alone, and no
    /// page of anybody frames ours.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Pages are stored nowhere, so that neither the back button nor anybody after shows them again.</summary>
    public const string NotKept = "no-store";

    /// <summary>Sets them.</summary>
    public static void Set(HttpResponse response, bool isTls)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not no-referrer: browsers would then send "Origin: null" with our own forms.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
        headers.CacheControl = NotKept;
        if (isTls)
            headers.StrictTransportSecurity = "max-age=31536000";
    }
}
