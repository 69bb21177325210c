using System.Collections.Concurrent;

namespace Gateway.Tests;

/// <summary>Keeps every answer a client gets, headers and body, as text.</summary>
public sealed class Transcript
{
    private readonly ConcurrentQueue<string> _answers = new();

    /// <summary>The answers so far; each begins with its request's method, and has nothing else of the request.</summary>
    public IReadOnlyList<string> Answers => [.. _answers];

    /// <summary>A client whose answers are kept.</summary>
    /// <param name="address">Its base address.</param>
    /// <param name="host">The host it names; null for the address's own.</param>
    public HttpClient Client(string address, string? host = null)
    {
        var connections = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        var client = new HttpClient(new Recorder(this, connections)) { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Host = host;
        return client;
    }

    /// <summary>Keeps what came over a raw connection.</summary>
    public void Add(RawExchange exchange)
    {
        foreach (var response in exchange.Responses)
            _answers.Enqueue($"raw: {response.Status}\n{string.Join('\n', response.Headers)}\n\n{response.Body}");
    }

    private sealed class Recorder(Transcript transcript, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var response = await base.SendAsync(request, cancellationToken);
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            transcript._answers.Enqueue(
                $"{request.Method}: {(int)response.StatusCode}\n{response.Headers}{response.Content.Headers}\n{body}"
            );
            return response;
        }
    }
}
