using System.Text.Json;

namespace Gateway.Tests;

/// <summary>
/// The clients: some lines of requests to each gateway, one after another in each, with every kind of key there is. When
/// a write has its answer, its keys are tried at every gateway at once, whether or not that gateway can answer now.
/// </summary>
public sealed class Callers(IReadOnlyList<FleetProcess> gateways, History history, RunClock clock, int seed)
    : IDisposable
{
    private const int LinesPerGateway = 7;

    // Longer than anything stands still, so that what was asked of a gateway that sleeps is answered by one that wakes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, HttpClient> _clients = gateways.ToDictionary(g => g.Name, NewClient);
    private readonly ChaosDice _dice = new(seed, "after writes");
    private readonly IssuedKey[] _unknown = [.. Enumerable.Range(1, 5).Select(i => Unknown($"unknown-{i}"))];
    private int _asked;

    /// <summary>Keeps calling until it is told to stop.</summary>
    /// <param name="tenants">Whose keys are used.</param>
    /// <param name="stop">Ends it, once what was asked is answered.</param>
    public Task RunAsync(IReadOnlyList<Tenant> tenants, CancellationToken stop) =>
        Task.WhenAll(
            from gateway in gateways
            from line in Enumerable.Range(0, LinesPerGateway)
            select LineAsync(gateway.Name, tenants, new ChaosDice(seed, $"calls {gateway.Name} {line}"), stop)
        );

    /// <summary>Tries keys at every gateway at once; returns before there is an answer.</summary>
    public void TryEverywhere(IReadOnlyCollection<IssuedKey> keys)
    {
        foreach (var key in keys)
        {
            foreach (var gateway in gateways)
            {
                CallShape shape;
                lock (_dice)
                    shape = CallShape.Of(_dice);
                _ = CallAsync(gateway.Name, key, shape);
            }
        }
    }

    /// <summary>Waits until everything that was asked is answered or given up.</summary>
    public Task DrainAsync() => Eventually.TrueAsync(() => Volatile.Read(ref _asked) == 0, Patience * 2);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private async Task LineAsync(string gateway, IReadOnlyList<Tenant> tenants, ChaosDice dice, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var answered = await CallAsync(gateway, KeyOf(tenants, dice), CallShape.Of(dice));
            // Where nobody listens there is no use in hurrying.
            var pause = answered ? dice.Between(0.03, 0.09) : TimeSpan.FromMilliseconds(250);
            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IssuedKey? KeyOf(IReadOnlyList<Tenant> tenants, ChaosDice dice)
    {
        if (dice.Percent(4))
            return dice.Percent(25) ? null : dice.Of(_unknown);
        var tenant = dice.Of(tenants);
        if (dice.Percent(15) && tenant.Past is { Count: > 0 } past)
            return dice.Of([.. past]);
        return dice.Of(tenant.Slots).Key ?? _unknown[0];
    }

    private async Task<bool> CallAsync(string gateway, IssuedKey? key, CallShape shape)
    {
        Interlocked.Increment(ref _asked);
        var begin = clock.Now;
        var (status, code) = await SendAsync(_clients[gateway], key, shape);
        history.Add(
            new Call(begin, clock.Now, gateway, key?.Id, shape.Route, shape.Client, shape.Wallet, status, code)
        );
        Interlocked.Decrement(ref _asked);
        return status != 0;
    }

    private static async Task<(int Status, string? Code)> SendAsync(HttpClient client, IssuedKey? key, CallShape shape)
    {
        using var request = shape.ToRequest(key, "x");
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var response = await client.SendAsync(request, patience.Token);
            return await ReadAsync(response);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            return (0, null);
        }
    }

    /// <summary>Status and code of an answer.</summary>
    public static async Task<(int Status, string? Code)> ReadAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
            return ((int)response.StatusCode, null);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return ((int)response.StatusCode, problem.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>A client that keeps its connections.</summary>
    public static HttpClient NewClient(FleetProcess gateway) =>
        new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience })
        {
            BaseAddress = gateway.Front,
            Timeout = Timeout.InfiniteTimeSpan,
        };

    // Well-formed, so that it is looked up.
    private static IssuedKey Unknown(string name) =>
        new(name, TestKeys.Format.Generate(TestKeys.Format.Environments[0]), name);
}

/// <summary>What a request asks for, besides its key.</summary>
/// <param name="Route">Name of the route.</param>
/// <param name="Client">The client's address as a trusted proxy tells it; null for none.</param>
/// <param name="Wallet">The wallet it names; null for none.</param>
public sealed record CallShape(string Route, string? Client, string? Wallet)
{
    private static readonly string?[] Named = ["w1", "w1", "w2", "w9", null];

    /// <summary>One of those there are.</summary>
    public static CallShape Of(ChaosDice dice)
    {
        var route = dice.Of(ChaosRoutes.All);
        var names = route.Wallet == RouteWallet.Named;
        return new CallShape(route.Name, dice.Of(KeyBodies.Clients), names ? dice.Of(Named) : null);
    }

    /// <summary>The request.</summary>
    /// <param name="key">Its key; null for none.</param>
    /// <param name="last">The end of its path.</param>
    public HttpRequestMessage ToRequest(IssuedKey? key, string last)
    {
        var query = Wallet is null ? "" : $"?wallet={Wallet}";
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/{Route}/{last}{query}");
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key.Secret);
        if (Client is not null)
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", Client);
        return request;
    }
}
