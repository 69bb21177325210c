using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Admin;

/// <summary>
/// What a request may cost before anybody knows whose it is. People and a few programs call this process, so its limits are
/// far below a gateway's; the defaults of ASP.NET Core are stated where they are right, so that a new version cannot move
/// them unseen.
/// </summary>
internal static class ServerLimits
{
    // More than all people and programs of a fleet have open at once; a gateway in front keeps a pool.
    internal const long Connections = 2_000;

    // A list's cursor and filters are the longest thing in a URL.
    private const int RequestLineBytes = 8 * 1024;

    // 32 KiB: a session, and the cookies an identity provider's way back has, of 4 KiB each.
    private const int HeaderCount = 100;
    private const int HeadersBytes = 32 * 1024;

    // As much as a whole body, read before anybody asks for it.
    private const long RequestBufferBytes = 2 * JsonBody.MaxBytes;

    // As many streams as a browser opens at a time, each with room for a whole body.
    private const int Streams = 100;
    private const int StreamWindowBytes = 96 * 1024;
    private const int ConnectionWindowBytes = 512 * 1024;
    private const int FrameBytes = 16 * 1024;
    private const int HeaderTableBytes = 4 * 1024;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    // Longer than a gateway or a load balancer keeps its own, so that they close an idle connection and not we.
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    // Bytes a second, after a grace: slower than any line that works.
    private static readonly MinDataRate Slowest = new(240, TimeSpan.FromSeconds(5));

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Sets them.</summary>
    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        var limits = options.Limits;
        limits.MaxConcurrentConnections = Connections;
        // Nothing is upgraded here.
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestHeaderCount = HeaderCount;
        limits.MaxRequestHeadersTotalSize = HeadersBytes;
        limits.MaxRequestBodySize = JsonBody.MaxBytes;
        limits.MaxRequestBufferSize = RequestBufferBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.MinRequestBodyDataRate = Slowest;
        limits.MinResponseDataRate = Slowest;
        SetHttp2Limits(limits.Http2);
    }

    private static void SetHttp2Limits(Http2Limits limits)
    {
        limits.MaxStreamsPerConnection = Streams;
        limits.MaxRequestHeaderFieldSize = HeadersBytes / 2;
        limits.HeaderTableSize = HeaderTableBytes;
        limits.MaxFrameSize = FrameBytes;
        limits.InitialStreamWindowSize = StreamWindowBytes;
        limits.InitialConnectionWindowSize = ConnectionWindowBytes;
        limits.KeepAlivePingDelay = PingDelay;
        limits.KeepAlivePingTimeout = PingTimeout;
    }
}
