using Gateway.Keys;

namespace Gateway;

/// <summary>Answers a refusal: status, headers and body from the one table of <see cref="Denials"/>.</summary>
internal static class Problems
{
    private static readonly string[] ProxyStatus =
    [
        // RFC 9209: who refused, in which class of error, with our code, so that a bot can tell our 401 from the upstream's.
        .. Denials.All.Select(d => $"gateway; error={d.ProxyError}; details=\"{d.Code}\""),
    ];

    /// <summary>The code of the refusal that a response is; empty when it is none of ours, whatever an upstream says.</summary>
    public static string CodeOf(HttpResponse response)
    {
        var status = response.Headers["Proxy-Status"];
        var reason = status.Count == 1 ? Array.FindIndex(ProxyStatus, s => ReferenceEquals(s, status[0])) : -1;
        return reason < 0 ? "" : Denials.All[reason].Code;
    }

    /// <summary>Writes the refusal.</summary>
    /// <param name="context">The request; its response has not started.</param>
    /// <param name="reason">Why.</param>
    /// <param name="scope">Permissions the route demands, for the challenge of a missing one.</param>
    public static async Task WriteAsync(HttpContext context, DenyReason reason, string? scope = null)
    {
        var denial = Denials.For(reason);
        var response = context.Response;
        response.StatusCode = denial.Status;
        response.ContentType = ProblemBody.ContentType;
        var headers = response.Headers;
        headers["Proxy-Status"] = ProxyStatus[(int)reason];
        headers.CacheControl = "no-store";
        if (denial.Challenge is { } error)
            headers.WWWAuthenticate = Challenge(error, scope);
        if (denial.RetryAfterSeconds is { } seconds)
            headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var requestId = RequestIds.Of(context);
        headers[RequestIds.Header] = requestId;
        var body = new System.Buffers.ArrayBufferWriter<byte>(512);
        ProblemBody.Write(body, denial.Status, denial.Code, denial.Title, denial.Message, requestId);
        response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    // RFC 6750 section 3: no error when no credential was sent, else what was wrong with it.
    private static string Challenge(string error, string? scope) =>
        error switch
        {
            "" => "Bearer realm=\"gateway\"",
            _ when scope is { Length: > 0 } => $"Bearer realm=\"gateway\", error=\"{error}\", scope=\"{scope}\"",
            _ => $"Bearer realm=\"gateway\", error=\"{error}\"",
        };
}
