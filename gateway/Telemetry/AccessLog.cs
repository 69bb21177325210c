using System.Buffers;
using System.Collections.Frozen;
using Gateway.Keys;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>
/// One line for each request, whatever became of it, for deployments that must have one (<c>Gateway:AccessLog</c>). Off by
/// default: <c>/metrics</c> counts the same, a refusal has its own line, and a line costs more than the decision it is about.
/// <para>
/// Nothing a client writes is taken over that may be a secret: no query, no header, no method we do not know, and no path
/// with the beginning of a key or of an operator's token in it.
/// </para>
/// </summary>
internal sealed partial class AccessLog(
    RequestDelegate next,
    ClientAddress addresses,
    KeyFormat format,
    TimeProvider clock,
    ILogger<AccessLog> log
)
{
    private const string Withheld = "(withheld)";

    // Longer paths are cut off: what tells requests apart stands in front.
    private const int MaxPath = 512;

    private static readonly object KeyId = new();

    // A method is whatever a client calls it.
    private static readonly FrozenSet<string> Methods = FrozenSet.Create(
        StringComparer.Ordinal,
        [.. RequestGuard.AllowedMethods.Split(", "), "CONNECT", "TRACE"]
    );

    /// <summary>Notes whose request it is.</summary>
    public static void Note(HttpContext context, CachedKey? key) => context.Items[KeyId] = key?.Record.Id;

    /// <summary>Has the request answered, then writes its line.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var started = clock.GetTimestamp();
        // Read now: what is forwarded is rewritten on the way.
        var path = PathOf(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget ?? "");
        var client = addresses.TryResolve(context, out var address) ? address.ToString() : "";
        try
        {
            await next(context);
        }
        finally
        {
            Write(context, client, path, clock.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    /// <summary>The path of a request target as it may be written down.</summary>
    internal string PathOf(string target)
    {
        if (!target.StartsWith('/'))
            return Withheld;
        var path = target.AsSpan();
        path = path.IndexOf('?') is >= 0 and var query ? path[..query] : path;
        if (HasKey(path))
            return Withheld;
        return path.Length <= MaxPath ? path.ToString() : string.Concat(path[..MaxPath], "…");
    }

    private bool HasKey(ReadOnlySpan<char> path)
    {
        if (format.MayHoldSecret(path))
            return true;
        if (!path.Contains('%'))
            return false;
        var decoded = ArrayPool<char>.Shared.Rent(path.Length);
        var has = format.MayHoldSecret(decoded.AsSpan(0, Escape.Decode(path, decoded)));
        ArrayPool<char>.Shared.Return(decoded, clearArray: true);
        return has;
    }

    private void Write(HttpContext context, string client, string path, double milliseconds)
    {
        var method = Methods.Contains(context.Request.Method) ? context.Request.Method : Withheld;
        LogRequest(
            client,
            method,
            path,
            context.Request.Protocol,
            context.Response.StatusCode,
            Problems.CodeOf(context.Response),
            context.GetEndpoint()?.Metadata.GetMetadata<RoutePolicy>()?.RouteId,
            context.Items[KeyId] as string,
            RequestIds.Of(context),
            Math.Round(milliseconds, 3)
        );
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "{Client} {Method} {Path} {Protocol} {Status} {Reason}, route {Route}, key {KeyId}, request {RequestId}, {Milliseconds} ms"
    )]
    private partial void LogRequest(
        string client,
        string method,
        string path,
        string protocol,
        int status,
        string reason,
        string? route,
        string? keyId,
        string requestId,
        double milliseconds
    );
}
