using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway;

/// <summary>
/// The server's switches and limits, each on purpose. What a request may cost before it is judged is bounded here;
/// the defaults of ASP.NET Core are stated where they are right, so that a new version cannot move them unseen.
/// </summary>
public static class KestrelSetup
{
    // 8 KiB, what most servers and proxies take: a longer URL would break elsewhere on its way.
    internal const int RequestLineBytes = 8 * 1024;

    // 100 headers of together 32 KiB hold any real request; more is an attack on whoever parses them next.
    private const int HeaderCount = 100;
    private const int HeadersBytes = 32 * 1024;

    // Over HTTP/2 one header may decompress from a few bytes: it gets half of what all may have together.
    private const int HeaderFieldBytes = HeadersBytes / 2;

    // A client that dribbles headers holds a connection and nothing else, but file descriptors run out too.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    // Longer than load balancers keep theirs (60 s is common), so that they and not we close an idle connection.
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    // Bytes a second, after a grace: slower than any radio link that works, faster than an attacker wants to be.
    private static readonly MinDataRate SlowestBody = new(240, TimeSpan.FromSeconds(5));

    // A peer that vanished without a word is noticed within this and the time it gets to answer.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Sets the limits and switches. Listeners are the framework's own (<c>Kestrel:Endpoints</c>).</summary>
    /// <param name="options">The server's.</param>
    /// <param name="maxRequestBodyBytes">Larger bodies are 413.</param>
    public static void Apply(KestrelServerOptions options, long maxRequestBodyBytes)
    {
        // Read when the server is built, after this. A bare line feed ends a line for some parsers and not for others.
        AppContext.SetSwitch(HostChecks.BareLineFeedSwitch, true);
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        options.AllowHostHeaderOverride = false;
        options.AllowAlternateSchemes = false;
        SetHeaderEncodings(options);
        SetLimits(options.Limits, maxRequestBodyBytes);
    }

    // Latin-1 in both directions, and so at the upstream (UpstreamClient): every byte is one character and comes out
    // as it went in. With the default, UTF-8, a header that is not UTF-8 is refused and one that is cannot be sent on.
    private static void SetHeaderEncodings(KestrelServerOptions options)
    {
        options.RequestHeaderEncodingSelector = EncodingOf;
        options.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
    }

    private static Encoding EncodingOf(string header) =>
        header.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? ConnectionHeaderEncoding.Instance
        : header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? ContentLengthEncoding.Instance
        : Encoding.Latin1;

    private static void SetLimits(KestrelServerLimits limits, long maxRequestBodyBytes)
    {
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestHeaderCount = HeaderCount;
        limits.MaxRequestHeadersTotalSize = HeadersBytes;
        limits.MaxRequestBodySize = maxRequestBodyBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.MinRequestBodyDataRate = SlowestBody;
        limits.MinResponseDataRate = SlowestBody;
        limits.Http2.MaxRequestHeaderFieldSize = HeaderFieldBytes;
        // Streams reset at once cost the client nothing and us a request each (CVE-2023-44487); Kestrel counts resets
        // against this too.
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.HeaderTableSize = 4096;
        limits.Http2.KeepAlivePingDelay = PingDelay;
        limits.Http2.KeepAlivePingTimeout = PingTimeout;
    }
}
