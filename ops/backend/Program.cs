// A stand-in for the product behind the gateway: it says what it was sent, so that a route can be tried before there is
// anything to protect. It trusts whoever reaches it, so it listens where it is told and nowhere else.
using System.Net.ServerSentEvents;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();
app.UseWebSockets();
app.MapGet("/sse", (CancellationToken stop) => TypedResults.ServerSentEvents(Ticks(stop)));
app.Map("/ws", EchoAsync);
app.MapFallback(Describe);
await app.RunAsync();

// Headers go back as they came, several values of one name as several strings. A credential is the one thing left out:
// none should get here, and if one does, this is not the place that spreads it.
static IResult Describe(HttpRequest request) =>
    TypedResults.Ok(
        new
        {
            method = request.Method,
            path = request.Path.Value,
            query = request.QueryString.Value,
            headers = request.Headers.ToDictionary(
                h => h.Key.ToLowerInvariant(),
                h => IsCredential(h.Key) ? ["(left out)"] : h.Value.ToArray(),
                StringComparer.Ordinal
            ),
        }
    );

static bool IsCredential(string name) =>
    name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
    || name.Equals("X-API-Key", StringComparison.OrdinalIgnoreCase);

// An event a second, until the caller or the gateway closes the stream.
static async IAsyncEnumerable<SseItem<string>> Ticks([EnumeratorCancellation] CancellationToken stop)
{
    for (var tick = 1; !stop.IsCancellationRequested; tick++)
    {
        yield return new SseItem<string>(tick.ToString(), "tick");
        await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

// Sends every frame back as it came, until the other side closes.
static async Task EchoAsync(HttpContext context)
{
    if (!context.WebSockets.IsWebSocketRequest)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return;
    }
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    var buffer = new byte[4096];
    while (true)
    {
        var frame = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
        if (frame.MessageType == WebSocketMessageType.Close)
            break;
        await socket.SendAsync(
            buffer.AsMemory(0, frame.Count),
            frame.MessageType,
            frame.EndOfMessage,
            context.RequestAborted
        );
    }
    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
}
