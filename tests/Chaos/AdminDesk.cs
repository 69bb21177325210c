using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Who talks to the admin APIs: every request is to the one or the other, on a connection of its own, and it is
/// known of each whether it can have been carried out.</summary>
public sealed class AdminDesk(IReadOnlyList<FleetProcess> admins, RunClock clock, CancellationToken stop) : IDisposable
{
    // Longer than a write takes that meets a store which does not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private int _turn;

    /// <summary>What came of a request.</summary>
    /// <param name="Begin">Before it was sent.</param>
    /// <param name="End">When its answer was there, or was given up.</param>
    /// <param name="Status">HTTP status; 0 for no answer.</param>
    /// <param name="Body">Its body; null for none.</param>
    public sealed record Answer(TimeSpan Begin, TimeSpan End, int Status, JsonNode? Body)
    {
        /// <summary>How a write ended.</summary>
        public WriteOutcome Outcome =>
            Status switch
            {
                >= 200 and < 300 when Body is not null => WriteOutcome.Done,
                >= 400 and < 500 => WriteOutcome.Refused,
                _ => WriteOutcome.Unknown,
            };

        /// <summary><c>data</c> of a success.</summary>
        public JsonNode Data => Body!["data"]!;

        /// <summary>The problem's code; null for a success.</summary>
        public string? Code => (string?)Body?["error"]?["code"];

        /// <summary>Its receipt; null for none.</summary>
        public Receipt? Receipt => Outcome == WriteOutcome.Done ? ReceiptIn(Data["propagation"]) : null;
    }

    /// <summary>Sends a request, to whichever admin API takes it: one that cannot have been sent is sent again.</summary>
    /// <param name="method">Method.</param>
    /// <param name="path">Path, and a query without the wait.</param>
    /// <param name="body">Serialised as JSON; null for none.</param>
    /// <param name="wait">Value of <c>?wait=</c>; null for none.</param>
    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? wait = null)
    {
        var target = wait is null ? path : $"{path}?wait={wait}";
        var patience = Patience + TimeSpan.FromSeconds(wait is null ? 2 : double.Parse(wait));
        while (true)
        {
            var admin = admins[(int)((uint)Interlocked.Increment(ref _turn) % admins.Count)];
            if (await TryAsync(new Uri(admin.Url, target), method, body, patience) is { } answer)
                return answer;
            await Task.Delay(Again, stop);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // Null when nobody can have read it.
    private async Task<Answer?> TryAsync(Uri uri, HttpMethod method, object? body, TimeSpan patience)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestAdmin.OperatorToken);
        // One that was kept open may be closed as it is used; then it would not be known whether the request came through.
        request.Headers.ConnectionClose = true;
        // A request without a body is sent again by the client itself when there is no answer, and nobody is told.
        if (method != HttpMethod.Get)
            request.Content = JsonContent.Create(body ?? new { });
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(patience);
        var begin = clock.Now;
        try
        {
            using var response = await _client.SendAsync(request, timeout.Token);
            var text = await response.Content.ReadAsStringAsync(timeout.Token);
            var json = text.Length == 0 ? null : JsonNode.Parse(text);
            return new Answer(begin, clock.Now, (int)response.StatusCode, json);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return null;
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or JsonException
                || (e is OperationCanceledException && !stop.IsCancellationRequested)
            )
        {
            return new Answer(begin, clock.Now, 0, null);
        }
    }

    private static Receipt? ReceiptIn(JsonNode? propagation) =>
        propagation is null
            ? null
            : new Receipt(
                (long)propagation["change"]!,
                (bool)propagation["complete"]!,
                [
                    .. propagation["gateways"]!
                        .AsArray()
                        .Select(g => new ReceiptGateway(
                            (string)g!["id"]!,
                            (string?)g["incarnation"],
                            (long)g["appliedAfterMs"]!,
                            (int)g["streamsClosed"]!
                        )),
                ],
                [
                    .. propagation["pending"]!
                        .AsArray()
                        .Select(g => new ReceiptPending(
                            (string)g!["id"]!,
                            (string?)g["incarnation"],
                            (DateTimeOffset)g["guaranteedBy"]!
                        )),
                ]
            );
}
