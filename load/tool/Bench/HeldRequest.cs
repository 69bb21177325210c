using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Gateway.Load;

/// <summary>
/// A request that a real server has read and that waits to be answered, so that what a gateway does with it can be done
/// again and again on the server's own context. Only one thread at a time may use it.
/// </summary>
internal sealed class HeldRequest : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly TcpClient _client;
    private readonly TaskCompletionSource _answer;
    private readonly KeyValuePair<string, StringValues>[] _headers;

    private HeldRequest(WebApplication server, TcpClient client, HttpContext context, TaskCompletionSource answer)
    {
        (_server, _client, _answer, Context) = (server, client, answer, context);
        _headers = [.. context.Request.Headers];
        // As a listener on every address of both kinds sees it, which is the gateway's by default.
        context.Connection.RemoteIpAddress = IPAddress.Loopback.MapToIPv6();
    }

    /// <summary>The request.</summary>
    public HttpContext Context { get; }

    /// <summary>Starts a server and sends it one.</summary>
    public static async Task<HeldRequest> OpenAsync(string target, IReadOnlyDictionary<string, string> headers)
    {
        var arrived = new TaskCompletionSource<HttpContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                KestrelSetup.Apply(kestrel, new GatewayOptions().MaxRequestBodyBytes);
                kestrel.Listen(IPAddress.Loopback, 0);
            });
        var server = builder.Build();
        server.Run(context =>
        {
            arrived.SetResult(context);
            return answer.Task;
        });
        await server.StartAsync();
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(server.Urls.First()).Port);
        var lines = string.Concat(headers.Select(h => $"{h.Key}: {h.Value}\r\n"));
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\n{lines}\r\n"));
        return new HeldRequest(server, client, await arrived.Task, answer);
    }

    /// <summary>Makes its headers what the client has sent, as the server does it between two requests of a
    /// connection.</summary>
    public void Restore()
    {
        var headers = Context.Request.Headers;
        headers.Clear();
        foreach (var (name, value) in _headers)
            headers[name] = value;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _answer.SetResult();
        _client.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
    }
}
