using System.Text;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway;

/// <summary>How connections to upstreams differ from YARP's own.</summary>
public static class UpstreamClient
{
    /// <summary>For <c>IReverseProxyBuilder.ConfigureHttpClient</c>.</summary>
    public static void Configure(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        // The counterpart of KestrelSetup: a byte beyond ASCII leaves as it came. By default the client throws (502).
        handler.RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1;
    }
}
