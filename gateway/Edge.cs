using Gateway.Keys;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway;

/// <summary>
/// The outermost step: check 0 before anything else has looked at the request, and a body for what goes wrong after it.
/// </summary>
public sealed partial class Edge(
    RequestDelegate next,
    RequestGuard guard,
    Decisions decisions,
    Drain drain,
    ILogger<Edge> log
)
{
    /// <summary>Judges whether the request is unambiguous, then passes it on.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        RequestIds.Assign(context);
        if (drain.IsDraining)
            RequestGuard.Close(context);
        var result = guard.Judge(context);
        if (result.Refusal is { } reason)
        {
            decisions.Count(Decisions.NoRoute, reason);
            DecisionSpans.Record(reason);
            LogRefused(Denials.For(reason).Code, result.Detail, RequestIds.Of(context));
            if (reason == DenyReason.MethodNotAllowed)
                context.Response.Headers.Allow = RequestGuard.AllowedMethods;
            if (result.CloseConnection)
                RequestGuard.Close(context);
            await Problems.WriteAsync(context, reason);
            return;
        }
        WebSocketOverHttp2.BeforeRouting(context);
        await next(context);
        // Below 400 the upstream's own answer is on its way; the feature is looked for last, because that takes longest.
        var response = context.Response;
        if (
            response.StatusCode >= 400
            && !response.HasStarted
            && context.Features.Get<IForwarderErrorFeature>() is { } e
        )
            await UpstreamFailedAsync(context, e);
    }

    private Task UpstreamFailedAsync(HttpContext context, IForwarderErrorFeature error)
    {
        // The client is gone.
        if (context.RequestAborted.IsCancellationRequested)
            return Task.CompletedTask;
        var reason = BadRequestIn(error.Exception) switch
        {
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => DenyReason.PayloadTooLarge,
            not null => DenyReason.BadRequest,
            // The client is still there, so it was the route's Timeout that cancelled; YARP says 400.
            _ when error.Error is ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled =>
                DenyReason.UpstreamTimeout,
            _ when context.Response.StatusCode == StatusCodes.Status504GatewayTimeout => DenyReason.UpstreamTimeout,
            _ when context.Response.StatusCode == StatusCodes.Status400BadRequest => DenyReason.BadRequest,
            _ => DenyReason.UpstreamUnavailable,
        };
        decisions.Failed(context.GetEndpoint()?.Metadata.GetMetadata<RoutePolicy>()?.RouteId ?? "", reason);
        LogUpstream(Denials.For(reason).Code, error.Error, CauseOf(error.Exception), RequestIds.Of(context));
        // What is left of the body would be read as the next request. Over HTTP/2 only the stream ends, not its neighbours.
        var cutShort = reason is DenyReason.BadRequest or DenyReason.PayloadTooLarge;
        if (cutShort && !HttpProtocol.IsHttp2(context.Request.Protocol))
            RequestGuard.Close(context);
        return Problems.WriteAsync(context, reason);
    }

    // With a body that turns out to be too large, YARP reports what both sides of the copy said.
    private static BadHttpRequestException? BadRequestIn(Exception? exception) =>
        exception switch
        {
            BadHttpRequestException bad => bad,
            AggregateException all => all.Flatten().InnerExceptions.OfType<BadHttpRequestException>().FirstOrDefault(),
            { InnerException: { } inner } => BadRequestIn(inner),
            _ => null,
        };

    [LoggerMessage(1, LogLevel.Information, "Refused {Reason} before routing: {Detail}, request {RequestId}")]
    private partial void LogRefused(string reason, string? detail, string requestId);

    // What the network or the peer said, behind what the client library made of it.
    private static string CauseOf(Exception? exception) =>
        exception is null
            ? ""
            : $"{exception.GetBaseException().GetType().Name}: {exception.GetBaseException().Message}";

    [LoggerMessage(2, LogLevel.Warning, "Forwarding failed with {Reason} ({Error}; {Cause}), request {RequestId}")]
    private partial void LogUpstream(string reason, ForwarderError error, string cause, string requestId);
}

/// <summary>
/// Check 1: a route matches. What no route takes, the upstream never hears of. The route is then taken at once: what the
/// framework looks for on the way there (policies of its own for authorization, origins, forms) a route cannot state.
/// </summary>
public sealed partial class Unrouted(RequestDelegate next, Decisions decisions, ILogger<Unrouted> log)
{
    /// <summary>Refuses what has no route. A route with a timeout goes by the framework's step for it.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        WebSocketOverHttp2.AfterRouting(context);
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<RoutePolicy>() is { } policy)
            return policy.HasTimeout ? next(context) : endpoint.RequestDelegate!(context);
        return RefuseAsync(context, endpoint);
    }

    private async Task RefuseAsync(HttpContext context, Endpoint? endpoint)
    {
        var reason = DenyReason.NoRoute;
        if (endpoint?.RequestDelegate is { } framework)
        {
            // Routing's own endpoint for a path that matches under another method: it sets Allow.
            await framework(context);
            if (context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
                reason = DenyReason.MethodNotAllowed;
        }
        decisions.Count(Decisions.NoRoute, reason);
        DecisionSpans.Record(reason);
        LogRefused(Denials.For(reason).Code, RequestIds.Of(context));
        await Problems.WriteAsync(context, reason);
    }

    [LoggerMessage(1, LogLevel.Information, "Refused {Reason}: no route, request {RequestId}")]
    private partial void LogRefused(string reason, string requestId);
}
