using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway;

/// <summary>
/// The ops listener: <c>/metrics</c>, <c>/healthz</c>, <c>/readyz</c> on a port of their own, in a server of their own,
/// so that no route and no mistake in one can put them in front of the public.
/// </summary>
public sealed class OpsServer(OpsOptions options, GatewayMetrics metrics, Readiness readiness, ILoggerFactory logs)
    : IHostedService
{
    private const long ConnectionsMax = 200;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    // For people at a terminal: quotes stay quotes. Nothing embeds it in a page.
    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private WebApplication? _app;

    /// <summary>Where it listens, once started.</summary>
    public string Url => _app!.Urls.First();

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(options.Url).ConfigureKestrel(Limit);
        builder.Services.AddSingleton(logs).AddRoutingCore();
        _app = builder.Build();
        _app.MapGet("/healthz", () => Results.Text("ok\n"));
        _app.MapGet("/readyz", (HttpContext context) => WriteReadiness(context));
        _app.MapGet("/metrics", () => Results.Text(metrics.Scrape(), PrometheusText.ContentType));
        await _app.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is null)
            return;
        await _app.StopAsync(cancellationToken);
        await _app.DisposeAsync();
    }

    // A few scrapers and probes, which send nothing.
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
    }

    private Task WriteReadiness(HttpContext context)
    {
        var state = readiness.Now();
        context.Response.StatusCode = state.CanAnswer
            ? StatusCodes.Status200OK
            : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(new { status = state.Status, reasons = state.Reasons }, Readable),
            context.RequestAborted
        );
    }
}
