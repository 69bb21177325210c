using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Kestrel with routes of ASP.NET Core, behind a middleware that believes other methods and other prefixes.</summary>
public sealed record KestrelServer : RealServer
{
    private readonly ConcurrentQueue<(string, string)> _resolved = new();
    private readonly WebApplication _app;

    private KestrelServer(int port)
        : base("Kestrel", port)
    {
        // Empty, so that no settings file that lies around has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port));
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.UseHttpMethodOverride();
        _app.Use(TakeOffPrefix);
        _app.UseRouting();
        _app.Map("/public/{**rest}", context => AnswerAsync(context, "public"));
        _app.Map("/v1/read/{**rest}", context => AnswerAsync(context, "read"));
        _app.Map("/v1/admin/{**rest}", context => AnswerAsync(context, "admin"));
        _app.Map(
            "/v1/wallets/{wallet}/{**rest}",
            context => AnswerAsync(context, $"wallet:{context.Request.RouteValues["wallet"]}")
        );
        _app.MapFallback(context => AnswerAsync(context, "other"));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Resource, string KeyId)> Resolved => _resolved;

    /// <summary>Starts one.</summary>
    public static async Task<RealServer> StartAsync()
    {
        var server = new KestrelServer(RunningProcess.FreePort());
        await server._app.StartAsync();
        return server;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task TakeOffPrefix(HttpContext context, RequestDelegate next)
    {
        if (
            context.Request.Headers.TryGetValue("X-Forwarded-Prefix", out var prefix)
            && context.Request.Path.StartsWithSegments(
                prefix.ToString(),
                StringComparison.OrdinalIgnoreCase,
                out var rest
            )
        )
            context.Request.Path = rest;
        return next(context);
    }

    private async Task AnswerAsync(HttpContext context, string resource)
    {
        _resolved.Enqueue((resource, context.Request.Headers["X-Gateway-Key-Id"].ToString()));
        context.Response.Headers["X-Resource"] = resource.All(char.IsAscii) ? resource : "wallet:other";
        await context.Request.Body.CopyToAsync(Stream.Null);
        await context.Response.WriteAsync(resource);
    }
}
