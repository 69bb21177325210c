using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Telemetry;

/// <summary>Settings under <c>Otlp</c>.</summary>
public sealed class OtlpOptions
{
    /// <summary>Where traces go, such as <c>http://127.0.0.1:4317</c> (OTLP over gRPC); empty for nowhere. A
    /// <c>traceparent</c> passes either way.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Adds a line when the endpoint is no address.</summary>
    public void Validate(ICollection<string> problems)
    {
        if (Endpoint.Length > 0 && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri) && IsHttp(uri)))
            problems.Add("Otlp:Endpoint must be an http or https address.");
    }

    private static bool IsHttp(Uri uri) => uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;
}

/// <summary>
/// Traces by OTLP, of what the framework already marks, requests in and requests to upstreams, and of decisions. How many
/// are sampled is said in OpenTelemetry's own words (<c>OTEL_TRACES_SAMPLER</c>). Both processes compile this file; it
/// belongs to neither, hence the namespace.
/// </summary>
public static class Tracing
{
    /// <summary>Whose spans the gateway's decisions are.</summary>
    internal const string Decisions = "Gateway";

    /// <summary>Exports while the process runs; what is left is sent as it stops.</summary>
    /// <param name="app">The process.</param>
    /// <param name="options">Where to; with no endpoint nothing is traced.</param>
    /// <param name="service">Name of the service in the traces.</param>
    public static void Export(WebApplication app, OtlpOptions options, string service)
    {
        if (options.Endpoint.Length == 0)
            return;
        var provider = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(service))
            .AddSource("Microsoft.AspNetCore", "System.Net.Http", "Yarp.ReverseProxy", Decisions)
            .AddProcessor(new WithoutTargets())
            .AddOtlpExporter(o => (o.Endpoint, o.Protocol) = (new Uri(options.Endpoint), OtlpExportProtocol.Grpc))
            .Build();
        app.Lifetime.ApplicationStopped.Register(provider.Dispose);
    }

    // People put keys into paths and queries, and whoever calls chooses what tracestate says: none of it leaves with a
    // span. The route says where a request went.
    private sealed class WithoutTargets : BaseProcessor<Activity>
    {
        private static readonly string[] Tags = ["url.full", "url.path", "url.query", "user_agent.original"];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Tags)
                data.SetTag(tag, null);
            data.TraceStateString = null;
        }
    }
}
