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
public sealed class ForwardedTarget : ITransformProvider
{
    /// <inheritdoc/>
    public void ValidateRoute(TransformRouteValidationContext context) { }

    /// <inheritdoc/>
    public void ValidateCluster(TransformClusterValidationContext context) { }

    /// <inheritdoc/>
    public void Apply(TransformBuilderContext context)
    {
        context.UseDefaultForwarders = false;
        context.RequestTransforms.Add(ChangesTarget(context) ? new RewrittenTarget() : new RawTarget());
    }

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
