using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests;

/// <summary>
/// An upstream of streams, over HTTP/1.1 and HTTP/2. What it does, the last segment of the path says:
/// <code>
///   events   begins at once, says something at each tick, and never ends by itself
///   held     the same, but begins only once released
///   quiet    sends its headers, then nothing
///   socket   echoes
///   asks     takes all that comes and answers nothing
///   chunks   three of them, length not stated
///   half     of ten bytes five, the others once released; the request's body first, if it has one
/// </code>
/// </summary>
public sealed class StreamingUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _released = Signal();
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);
    private TaskCompletionSource _tick = Signal();
    private int _open;
    private int _held;
    private long _received;

    private StreamingUpstream()
    {
        // Empty: the settings beside the tests are those of our programs.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                // A client may keep silent for as long as it likes.
                (kestrel.Limits.MinRequestBodyDataRate, kestrel.Limits.MinResponseDataRate) = (null, null);
                kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1);
                kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2);
            });
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(ServeAsync);
    }

    /// <summary>Where it speaks HTTP/1.1.</summary>
    public string Http1 => _app.Urls.First();

    /// <summary>Where it speaks HTTP/2.</summary>
    public string Http2 => _app.Urls.Last();

    /// <summary>Requests it is serving.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Requests that wait to be released.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Bytes that came in bodies.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Whether a call of this name has arrived.</summary>
    public bool HasHeardOf(string call) => _asked.ContainsKey(call);

    /// <summary>Starts one.</summary>
    public static async Task<StreamingUpstream> StartAsync()
    {
        var upstream = new StreamingUpstream();
        await upstream._app.StartAsync();
        return upstream;
    }

    /// <summary>Has every stream of events say something.</summary>
    public void Tick() => Interlocked.Exchange(ref _tick, Signal()).SetResult();

    /// <summary>Lets what is held go on.</summary>
    public void Release() => _released.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await (
                context.Request.Path.Value!.Split('/')[^1] switch
                {
                    "events" => EventsAsync(context),
                    "held" => HeldAsync(context),
                    "quiet" => QuietAsync(context),
                    "socket" => EchoAsync(context),
                    "asks" => TakeAsync(context),
                    "chunks" => ChunksAsync(context),
                    _ => HalfAsync(context),
                }
            );
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or WebSocketException)
        {
            // The gateway hung up.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task EventsAsync(HttpContext context)
    {
        var tick = Volatile.Read(ref _tick);
        context.Response.ContentType = context.Request.ContentType ?? "text/event-stream";
        while (true)
        {
            await context.Response.WriteAsync("data: x\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await tick.Task.WaitAsync(context.RequestAborted);
            tick = Volatile.Read(ref _tick);
        }
    }

    private async Task HeldAsync(HttpContext context)
    {
        Interlocked.Increment(ref _held);
        await _released.Task.WaitAsync(context.RequestAborted);
        await (context.WebSockets.IsWebSocketRequest ? EchoAsync(context) : EventsAsync(context));
    }

    private static async Task QuietAsync(HttpContext context)
    {
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType is WebSocketMessageType.Close)
                return;
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, true, default);
        }
    }

    private async Task TakeAsync(HttpContext context)
    {
        if (context.Request.Headers[StreamClients.CallHeader] is [{ } call])
            _asked[call] = true;
        var buffer = new byte[64];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
            Interlocked.Add(ref _received, count);
    }

    private static async Task ChunksAsync(HttpContext context)
    {
        for (var i = 0; i < 3; i++)
        {
            await context.Response.WriteAsync("chunk");
            await context.Response.Body.FlushAsync();
        }
    }

    private async Task HalfAsync(HttpContext context)
    {
        await TakeAsync(context);
        context.Response.ContentLength = 10;
        await context.Response.WriteAsync("first");
        await context.Response.Body.FlushAsync();
        Interlocked.Increment(ref _held);
        await _released.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("other");
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
