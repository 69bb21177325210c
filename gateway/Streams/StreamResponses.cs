using System.Net;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway;

/// <summary>
/// Finds the streams among the responses: the last thing that happens between an upstream's headers and the client. For a
/// response whose length is known it is a look at that length. The admission is made late: YARP builds transforms as it
/// checks routes, and the follower, which admits, needs the routes.
/// </summary>
public sealed class StreamResponses(Lazy<StreamAdmission> admission) : ITransformProvider
{
    /// <inheritdoc/>
    public void ValidateRoute(TransformRouteValidationContext context) { }

    /// <inheritdoc/>
    public void ValidateCluster(TransformClusterValidationContext context) { }

    /// <inheritdoc/>
    public void Apply(TransformBuilderContext context) => context.ResponseTransforms.Add(new Admitted(admission));

    private sealed class Admitted(Lazy<StreamAdmission> admission) : ResponseTransform
    {
        public override ValueTask ApplyAsync(ResponseTransformContext context) =>
            IsStream(context) ? AdmitAsync(context) : default;

        // An upgrade has no length, whatever its headers say.
        private static bool IsStream(ResponseTransformContext context)
        {
            if (context.ProxyResponse is not { } response)
                return false;
            if (response.StatusCode is HttpStatusCode.SwitchingProtocols)
                return true;
            var request = context.HttpContext.Request;
            if (context.HttpContext.Response.ContentLength is not null)
                return HttpMethods.IsConnect(request.Method);
            return response.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified)
                && !HttpMethods.IsHead(request.Method);
        }

        private async ValueTask AdmitAsync(ResponseTransformContext context)
        {
            if (!await admission.Value.AdmitResponseAsync(context.HttpContext))
                context.SuppressResponseBody = true;
        }
    }
}
