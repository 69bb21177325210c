using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway;

/// <summary>
/// "The path that was judged is the path that is forwarded." Left alone, YARP encodes Kestrel's decoded path anew and
/// <see cref="Uri"/> then canonicalises it: <c>%3B</c> arrives as <c>;</c>, an escape that stayed undecoded arrives
/// escaped twice. Here the target goes on as it came over the wire, byte for byte; the guard has made sure that it is
/// one any upstream reads the same way. It is also cheaper: one concatenation, no decoding, no encoding.
/// Register it last (<c>AddTransforms&lt;ForwardedTarget&gt;()</c>); it also turns off YARP's own X-Forwarded headers,
/// which <see cref="UpstreamHeaders"/> writes.
/// </summary>
/// <param name="upstream">Says whether a test has taken the rule out.</param>
public sealed class ForwardedTarget(Upstream upstream) : ITransformProvider
{
    /// <inheritdoc/>
    public void ValidateRoute(TransformRouteValidationContext context) { }

    /// <inheritdoc/>
    public void ValidateCluster(TransformClusterValidationContext context) { }

    /// <inheritdoc/>
    public void Apply(TransformBuilderContext context)
    {
        context.UseDefaultForwarders = false;
        if (!upstream.Without.Has(EdgeRules.Target))
            context.RequestTransforms.Add(ChangesTarget(context) ? new RewrittenTarget() : new RawTarget());
        if (!KeepsHost(context))
            context.RequestTransforms.Add(new DestinationHost());
    }

    private static bool KeepsHost(TransformBuilderContext context) =>
        context.Route.Transforms is { } transforms
        && transforms.Any(t =>
            t.Keys.Any(k => k.Equals("RequestHeaderOriginalHost", StringComparison.OrdinalIgnoreCase))
        );

    // YARP's own transforms of paths and queries: PathPrefix, PathPattern, QueryValueParameter and so on.
    private static bool ChangesTarget(TransformBuilderContext context) =>
        context.Route.Transforms is { } transforms
        && transforms.Any(t =>
            t.Keys.Any(k =>
                k.StartsWith("Path", StringComparison.OrdinalIgnoreCase)
                || k.StartsWith("Query", StringComparison.OrdinalIgnoreCase)
            )
        );

    private sealed class RawTarget : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context)
        {
            var target = context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            context.ProxyRequest.RequestUri = ForwardedUri.Of(context.DestinationPrefix, target);
            return default;
        }
    }

    // YARP takes the client's Host off when it is the one the framework read. In Punycode the framework reads another one,
    // decoded, so YARP takes the client's for one that a transform has set, and the client would pick the upstream's site.
    private sealed class DestinationHost : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context)
        {
            var client = context.HttpContext.Request.Headers.Host.ToString();
            if (
                client.Contains("xn--", StringComparison.OrdinalIgnoreCase)
                && client.Equals(context.ProxyRequest.Headers.Host, StringComparison.Ordinal)
            )
                context.ProxyRequest.Headers.Host = context
                    .HttpContext.GetReverseProxyFeature()
                    .ProxiedDestination?.Model.Config.Host;
            return default;
        }
    }

    private sealed class RewrittenTarget : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context)
        {
            context.ProxyRequest.RequestUri = ForwardedUri.Create(
                context.DestinationPrefix,
                ForwardedUri.EncodePath(context.Path.Value ?? ""),
                context.Query.QueryString.Value ?? ""
            );
            return default;
        }
    }
}
