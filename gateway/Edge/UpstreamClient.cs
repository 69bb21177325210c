using System.Text;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway;

/// <summary>How connections to upstreams differ from YARP's own.</summary>
public static class UpstreamClient
{
    // What Latin-1 does not have becomes a question mark. By itself .NET takes the letter that looks most like it: a path's
    // Ā would be told upstream as A, which may be somebody else.
    private static readonly Encoding Exact = Encoding.GetEncoding(
        "iso-8859-1",
        new EncoderReplacementFallback("?"),
        DecoderFallback.ReplacementFallback
    );

    /// <summary>For <c>IReverseProxyBuilder.ConfigureHttpClient</c>.</summary>
    public static void Configure(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        // The counterpart of KestrelSetup: a byte beyond ASCII leaves as it came. By default the client throws (502).
        handler.RequestHeaderEncodingSelector = (_, _) => Exact;
        handler.ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1;
    }
}
