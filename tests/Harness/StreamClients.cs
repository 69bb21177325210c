using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;

namespace Gateway.Tests;

/// <summary>The kinds of streams, as a client opens them.</summary>
public enum StreamKind
{
    /// <summary>A WebSocket over HTTP/1.1.</summary>
    Socket,

    /// <summary>A WebSocket over HTTP/2 (RFC 8441).</summary>
    SocketOverHttp2,

    /// <summary>Server-sent events over HTTP/1.1.</summary>
    Events,

    /// <summary>Server-sent events over HTTP/2.</summary>
    EventsOverHttp2,

    /// <summary>A gRPC call whose answers stream.</summary>
    GrpcAnswers,

    /// <summary>A gRPC call whose requests stream, and which has not been answered at all.</summary>
    GrpcRequests,
}

/// <summary>Opens streams. All that go over HTTP/2 share one connection.</summary>
public sealed class StreamClients(StreamingUpstream upstream, string http1, string http2) : IDisposable
{
    /// <summary>Names a call, so that it can be told whether it has arrived.</summary>
    public const string CallHeader = "X-Call";

    /// <summary>Every kind.</summary>
    public static readonly StreamKind[] Kinds = Enum.GetValues<StreamKind>();

    // What is not read is not waited for.
    private readonly HttpMessageInvoker _http = new(
        new SocketsHttpHandler { EnableMultipleHttp2Connections = false, ResponseDrainTimeout = TimeSpan.Zero }
    );

    /// <summary>Opens one of every kind.</summary>
    public async Task<IReadOnlyList<StreamClient>> OpenAllAsync(string secret) =>
        await Task.WhenAll(Kinds.Select(kind => OpenAsync(kind, secret)));

    /// <summary>Opens one and waits until something has come through it.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="secret">The key; null for none.</param>
    /// <param name="path">Where; what its kind asks for when null.</param>
    /// <exception cref="WebSocketException">It was refused, or closed before that.</exception>
    /// <exception cref="HttpRequestException">It was refused, or closed before that.</exception>
    public async Task<StreamClient> OpenAsync(StreamKind kind, string? secret, string? path = null)
    {
        var socket = path ?? "/h1/w1/socket";
        var events = path ?? "/h1/w1/events";
        return kind switch
        {
            StreamKind.Socket => await OpenSocketAsync(http1, HttpVersion.Version11, socket, secret),
            StreamKind.SocketOverHttp2 => await OpenSocketAsync(http2, HttpVersion.Version20, socket, secret),
            StreamKind.Events => await OpenBodyAsync(Get(http1, events, secret)),
            StreamKind.EventsOverHttp2 => await OpenBodyAsync(Get(http2, events, secret)),
            StreamKind.GrpcAnswers => await OpenBodyAsync(
                Grpc(path ?? "/h2/w1/events", secret, new ByteArrayContent([]))
            ),
            _ => await OpenCallAsync(path ?? "/h2/w1/asks", secret),
        };
    }

    /// <summary>Sends a request as it is.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, default);

    /// <summary>A GET over HTTP/1.1.</summary>
    public HttpRequestMessage Get(string path, string? secret) => Get(http1, path, secret);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<StreamClient> OpenSocketAsync(string address, Version version, string path, string? secret)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + secret);
        socket.Options.HttpVersion = version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var uri = new UriBuilder(address) { Scheme = "ws", Path = path }.Uri;
        await socket.ConnectAsync(uri, _http, default);
        return StreamClient.Of(socket);
    }

    private async Task<StreamClient> OpenBodyAsync(HttpRequestMessage request)
    {
        var response = await SendAsync(request);
        response.EnsureSuccessStatusCode();
        var stream = StreamClient.Of(response, await response.Content.ReadAsStreamAsync());
        await Eventually.TrueAsync(() => stream.Received > 0 || !stream.IsOpen);
        return stream;
    }

    private async Task<StreamClient> OpenCallAsync(string path, string? secret)
    {
        var (content, name) = (new OpenCall(), Guid.NewGuid().ToString());
        var request = Grpc(path, secret, content);
        request.Headers.Add(CallHeader, name);
        var stream = StreamClient.Of(SendAsync(request), content);
        await Eventually.TrueAsync(() => upstream.HasHeardOf(name) || !stream.IsOpen);
        return stream;
    }

    private HttpRequestMessage Get(string address, string path, string? secret) =>
        Request(HttpMethod.Get, address, path, secret);

    private HttpRequestMessage Grpc(string path, string? secret, HttpContent content)
    {
        var request = Request(HttpMethod.Post, http2, path, secret);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Content = content;
        request.Headers.Add("TE", "trailers");
        return request;
    }

    private HttpRequestMessage Request(HttpMethod method, string address, string path, string? secret)
    {
        var request = new HttpRequestMessage(method, address + path)
        {
            Version = address == http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return request;
    }
}
