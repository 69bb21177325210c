using Yarp.ReverseProxy.Forwarder;

namespace Gateway;

/// <summary>Makes the client of each cluster. YARP keeps a client for as long as its section <c>HttpClient</c> is the same;
/// here it is made anew also when certificates are others, and requests in flight finish on the one before.</summary>
internal sealed class UpstreamClientFactory(ILogger<ForwarderHttpClientFactory> log) : ForwarderHttpClientFactory(log)
{
    /// <inheritdoc/>
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && ClusterTls.IsSame(context.OldMetadata, context.NewMetadata);

    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        UpstreamClient.Configure(context, handler);
        ClusterTls.Read(context.NewMetadata)?.Apply(handler.SslOptions);
    }
}
