using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>Traces leave by OTLP where an endpoint is set, and a <c>traceparent</c> passes.</summary>
public sealed class TracingTests
{
    [Fact]
    public async Task Traces_AreSentToTheEndpoint_WithoutTheKey_AndTraceparentPasses()
    {
        var exports = new ConcurrentQueue<(string Path, string Body)>();
        await using var collector = await CollectorAsync(exports);
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var settings = new Dictionary<string, string?> { ["Otlp:Endpoint"] = collector.Urls.First() };
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream), settings);
        var (_, secret) = await store.IssueKeyAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/read/x");
        request.Headers.Add("Authorization", "Bearer " + secret);
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var response = await gateway.Client.SendAsync(request);
        await gateway.StopAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", upstream.Single.Value("traceparent"));
        await Eventually.TrueAsync(() => !exports.IsEmpty);
        Assert.All(exports, e => Assert.Equal("/opentelemetry.proto.collector.trace.v1.TraceService/Export", e.Path));
        Assert.DoesNotContain(exports, e => e.Body.Contains(secret, StringComparison.Ordinal));
    }

    private static async Task<WebApplication> CollectorAsync(ConcurrentQueue<(string, string)> exports)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body, System.Text.Encoding.Latin1);
            exports.Enqueue((context.Request.Path, await body.ReadToEndAsync()));
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]);
        });
        await app.StartAsync();
        return app;
    }
}
