namespace Gateway.Admin;

/// <summary>What the way in has found out about a request.</summary>
public static class HttpContextValues
{
    private static readonly object CallerKey = new();
    private static readonly object RequestIdKey = new();

    /// <summary>What operations work with.</summary>
    public static AdminServices Admin(this HttpContext http) =>
        http.RequestServices.GetRequiredService<AdminServices>();

    /// <summary>Who calls; set before any endpoint that asks for a credential.</summary>
    public static Caller Caller(this HttpContext http) => (Caller)http.Items[CallerKey]!;

    /// <summary>Says who calls.</summary>
    public static void SetCaller(this HttpContext http, Caller caller) => http.Items[CallerKey] = caller;

    /// <summary>Ties answer, log line and audit entry together.</summary>
    public static string RequestId(this HttpContext http) => (string)http.Items[RequestIdKey]!;

    /// <summary>Says what the request is known by.</summary>
    public static void SetRequestId(this HttpContext http, string id) => http.Items[RequestIdKey] = id;
}
