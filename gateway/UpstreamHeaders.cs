using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway;

/// <summary>
/// Writes what the gateway says itself to the request that goes upstream: whose it is, where it comes from and its id. By
/// then YARP has copied the client's headers, and none of them has one of these names (<see cref="ReservedHeaders"/>);
/// nor has a transform of the route (<see cref="TransformChecks"/>).
/// </summary>
/// <param name="addresses">Know where it comes from.</param>
/// <param name="upstream">Says whether a test has taken the rule out.</param>
public sealed class UpstreamHeaders(ClientAddress addresses, Upstream upstream) : ITransformProvider
{
    /// <inheritdoc/>
    public void ValidateRoute(TransformRouteValidationContext context) { }

    /// <inheritdoc/>
    public void ValidateCluster(TransformClusterValidationContext context) { }

    /// <inheritdoc/>
    public void Apply(TransformBuilderContext context) =>
        context.RequestTransforms.Add(new Told(upstream.Without.Has(EdgeRules.Client) ? null : addresses));

    private sealed class Told(ClientAddress? addresses) : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context)
        {
            var (request, headers) = (context.HttpContext, context.ProxyRequest.Headers);
            addresses?.Forward(request, headers);
            headers.TryAddWithoutValidation(RequestIds.Header, RequestIds.Of(request));
            // Nobody's on an anonymous route.
            if (request.Features.Get<UpstreamIdentity>() is not { } identity)
                return default;
            foreach (var (name, value) in identity.Headers)
                headers.TryAddWithoutValidation(name, value);
            return default;
        }
    }
}
