using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>
/// A product that costs little, in this process. Where a path ends decides what it does:
/// <code>
///   …/ws    takes a WebSocket and echoes each message until the other side closes
///   …/sse   a server-sent event now and every second, without an end
///   else    200, "ok"
/// </code>
/// </summary>
public sealed class FleetUpstream : IAsyncDisposable
{
    private static readonly byte[] Event = "data: tick\n\n"u8.ToArray();

    private readonly WebApplication _app;

    private FleetUpstream(WebApplication app)
    {
        _app = app;
        Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    /// <summary>Root of it, such as <c>http://127.0.0.1:40001</c>, without a slash at the end.</summary>
    public string Address { get; }

    /// <summary>Starts one on a free port.</summary>
    public static async Task<FleetUpstream> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(AnswerAsync);
        await app.StartAsync();
        return new FleetUpstream(app);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Streams that are still open are not waited for.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path.EndsWith("/ws", StringComparison.Ordinal))
            return EchoAsync(context);
        if (path.EndsWith("/sse", StringComparison.Ordinal))
            return TickAsync(context);
        context.Response.ContentLength = 2;
        return context.Response.WriteAsync("ok");
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { } frame)
            {
                if (frame.MessageType == WebSocketMessageType.Close)
                    break;
                await socket.SendAsync(
                    buffer.AsMemory(0, frame.Count),
                    frame.MessageType,
                    frame.EndOfMessage,
                    context.RequestAborted
                );
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The gateway is gone.
        }
    }

    private static async Task TickAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        try
        {
            while (true)
            {
                await context.Response.Body.WriteAsync(Event, context.RequestAborted);
                await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway is gone.
        }
    }
}
