using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>
/// A WebSocket's opening is a GET over HTTP/1.1 and an extended CONNECT over HTTP/2 (RFC 8441). It is routed as the GET
/// in both, so that a route means the same whichever way a client comes; a route of a configuration cannot even name
/// CONNECT. The guard has refused every other CONNECT before.
/// </summary>
internal static class WebSocketOverHttp2
{
    /// <summary>Lets routing see a GET.</summary>
    public static void BeforeRouting(HttpContext context)
    {
        if (HttpMethods.IsConnect(context.Request.Method))
            context.Request.Method = HttpMethods.Get;
    }

    /// <summary>Lets YARP see what came.</summary>
    public static void AfterRouting(HttpContext context)
    {
        // Not of HTTP/1.1, and asking for a feature that is not there takes longer than for one that is.
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
            return;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true })
            context.Request.Method = HttpMethods.Connect;
    }
}
