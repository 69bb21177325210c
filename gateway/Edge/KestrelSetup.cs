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

    // A connection costs two file descriptors, the client's and the upstream's, and service managers give a process 65,536
    // or more: what is over is closed at once, so that the store still gets its own. The server counts WebSockets apart.
    private const long ConnectionsMax = 20_000;
    private const long ConnectionsPerSocket = 2;

    // Headers that never end take some 60 KiB as the server holds them, and no key is needed for them. In a container of
    // 512 MiB the process died of 5,000 such connections, and 4,000 left it nothing (make abuse): it takes 3,072 there.
    private const long BytesPerConnection = 128 * 1024;

    // How much of a request is taken off the network before somebody reads it, and of an answer before the client does.
    // A body is read only once its request was let through, so these are what a caller with a key can make us hold.
    private const long RequestBufferBytes = 256 * 1024;
    private const long ResponseBufferBytes = 64 * 1024;

    // Over HTTP/2 the windows are that bound. Smaller ones would slow uploads over long lines: 768 KiB over 100 ms are
    // 60 Mbit/s for one stream.
    private const int ConnectionWindowBytes = 1024 * 1024;
    private const int StreamWindowBytes = 768 * 1024;

    // The least RFC 9113 allows (section 4.2): larger frames only make others wait longer for their turn.
    private const int FrameBytes = 16 * 1024;

    // What 100 streams of a browser or a gRPC client need; more requests wait at the client, where they cost nothing.
    private const int Streams = 100;

    // Names and values that the client may have us remember for a connection (RFC 7541 section 4.2).
    private const int HeaderTableBytes = 4 * 1024;

    // Streams reset at once cost the client nothing and us a request each (CVE-2023-44487). Whoever opens streams faster
    // than ended ones can be forgotten is told to calm down so many times a second, over five seconds, and then hung up on.
    private const string CalmProperty = "Microsoft.AspNetCore.Server.Kestrel.Http2.MaxEnhanceYourCalmCount";
    private const int CalmPerSecond = 20;

    // Streams that wait for the connection's window, those that were reset among them; past that it is hung up on.
    private const string QueueProperty = "Microsoft.AspNetCore.Server.Kestrel.Http2.MaxConnectionFlowControlQueueSize";
    private const int QueuedStreams = 4 * Streams;

    // A client that dribbles headers holds a connection and nothing else, but file descriptors run out too.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    // Longer than load balancers keep theirs (60 s is common), so that they and not we close an idle connection.
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    // Bytes a second, after a grace: slower than any radio link that works, faster than an attacker wants to be.
    private static readonly MinDataRate SlowestBody = new(240, TimeSpan.FromSeconds(5));

    // A reader is timed by what was handed to its connection, which is up to 64 KiB at once: at this rate it has a minute
    // for them. At 240 bytes a second it would have nearly five. What a key streams is exempt (StreamAdmission), WebSockets
    // are in any case, and over HTTP/2 a stream that waits for its window is not timed: only who does not read at all is.
    private static readonly MinDataRate SlowestReader = new(1024, TimeSpan.FromSeconds(5));

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
        AppContext.SetData(CalmProperty, CalmPerSecond);
        AppContext.SetData(QueueProperty, QueuedStreams);
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        options.AllowHostHeaderOverride = false;
        options.AllowAlternateSchemes = false;
        SetHeaderEncodings(options);
        SetLimits(options.Limits, maxRequestBodyBytes);
    }

    /// <summary>How many connections there may be at once in the memory of the machine, or what a container leaves to the
    /// heap.</summary>
    internal static long Connections => ConnectionsIn(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>How many connections there may be at once.</summary>
    /// <param name="bytes">Memory there is for all of them and everything else.</param>
    internal static long ConnectionsIn(long bytes) => Math.Clamp(bytes / BytesPerConnection, 1, ConnectionsMax);

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
        limits.MaxConcurrentConnections = Connections;
        limits.MaxConcurrentUpgradedConnections = limits.MaxConcurrentConnections / ConnectionsPerSocket;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestHeaderCount = HeaderCount;
        limits.MaxRequestHeadersTotalSize = HeadersBytes;
        limits.MaxRequestBodySize = maxRequestBodyBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.MinRequestBodyDataRate = SlowestBody;
        limits.MinResponseDataRate = SlowestReader;
        limits.MaxRequestBufferSize = RequestBufferBytes;
        limits.MaxResponseBufferSize = ResponseBufferBytes;
        SetHttp2Limits(limits.Http2);
    }

    private static void SetHttp2Limits(Http2Limits limits)
    {
        limits.MaxRequestHeaderFieldSize = HeaderFieldBytes;
        limits.MaxStreamsPerConnection = Streams;
        limits.HeaderTableSize = HeaderTableBytes;
        limits.MaxFrameSize = FrameBytes;
        limits.InitialConnectionWindowSize = ConnectionWindowBytes;
        limits.InitialStreamWindowSize = StreamWindowBytes;
        limits.KeepAlivePingDelay = PingDelay;
        limits.KeepAlivePingTimeout = PingTimeout;
    }
}
