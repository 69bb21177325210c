using System.Data.Common;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The outermost step: every answer has a request id and is not stored, every failure is a problem body,
/// or a page of the console.</summary>
public sealed class ErrorBoundary(RequestDelegate next, AdminServices admin, ILogger<ErrorBoundary> log)
{
    /// <summary>The header of the answer that names the request.</summary>
    public const string RequestIdHeader = "X-Request-Id";

    // Set by our gateway; believed of trusted proxies, so that both logs name a request alike.
    private const string ForwardedIdHeader = "X-Gateway-Request-Id";
    private const int MaxIdLength = 64;

    /// <summary>Runs the rest and answers what it could not.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var id = IdOf(http);
        http.SetRequestId(id);
        http.Response.Headers[RequestIdHeader] = id;
        http.Response.Headers.CacheControl = "no-store";
        // A browser that opens an answer must not find a page in what somebody has called a key.
        http.Response.Headers.XContentTypeOptions = "nosniff";
        var problem = await RunAsync(http);
        if (problem is null || http.Response.HasStarted)
            return;
        if (admin.Settings.Admin.Console.IsOn && ConsoleApp.IsPage(http.Request.Path))
            await ErrorPages.WriteAsync(http, problem);
        else
            await new ProblemResult(problem).ExecuteAsync(http);
    }

    private async Task<Problem?> RunAsync(HttpContext http)
    {
        try
        {
            await next(http);
            var isBare = http.Response.StatusCode >= 400 && http.Response.ContentType is null;
            return isBare ? Problems.OfStatus(http.Response.StatusCode) : null;
        }
        catch (BadHttpRequestException e)
        {
            return Problems.OfStatus(e.StatusCode);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return Problems.OfStatus(StatusCodes.Status499ClientClosedRequest);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            log.LogError(e, "Store unavailable; request {RequestId}", http.RequestId());
            return Problems.StoreUnavailable();
        }
        catch (Exception e)
        {
            log.LogError(e, "Unexpected; request {RequestId}", http.RequestId());
            return Problems.Internal();
        }
    }

    private string IdOf(HttpContext http)
    {
        var sent = http.Request.Headers[ForwardedIdHeader];
        var isTrusted = http.Connection.RemoteIpAddress is { } peer && admin.Settings.TrustedProxies.Contains(peer);
        return isTrusted && sent is [{ Length: > 0 and <= MaxIdLength } id] && id.All(IsIdCharacter)
            ? id
            : Ids.Random();
    }

    private static bool IsIdCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
