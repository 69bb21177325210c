using System.Globalization;
using System.Text;

namespace Gateway.Tests;

/// <summary>Whatever clients send, the number of series is bounded by the routes file and our own table of reasons.</summary>
public sealed class MetricsCardinalityTests : IAsyncLifetime
{
    private const int Routes = 1_000;

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task HostileTraffic_MakesNoSeries()
    {
        var settings = new Dictionary<string, string?> { ["Ops:RequestMeters"] = "true" };
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), settings);
        var (_, secret) = await _store.IssueKeyAsync();
        // Once with everything there is, then with all of it anew.
        await AttackAsync(gateway, secret, 0, 90);
        var before = await SeriesAsync(gateway);

        await AttackAsync(gateway, secret, 90, 150);

        Assert.Equal(before.Order(StringComparer.Ordinal), (await SeriesAsync(gateway)).Order(StringComparer.Ordinal));
        Assert.InRange(before.Count, 50, 2_000);
    }

    [Fact]
    public async Task AThousandRoutes_HaveASeriesEach_ForEachOutcomeTheyHad()
    {
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream, ManyRoutes()));
        var (_, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        foreach (var some in Enumerable.Range(0, Routes).Chunk(50))
            await Task.WhenAll(some.Select(TryThriceAsync));

        var decisions = (await SeriesAsync(gateway))
            .Where(s => s.StartsWith("gateway_decisions_total{", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(3 * Routes, decisions.Count(s => s.Contains("route=\"many-", StringComparison.Ordinal)));
        Assert.DoesNotContain(decisions, s => s.Contains("overflow", StringComparison.Ordinal));

        async Task TryThriceAsync(int number)
        {
            await gateway.TryAsync($"/many/{number}/x", secret);
            await gateway.TryAsync($"/many/{number}/x");
            await gateway.TryAsync($"/many/{number}/x", "made-up");
        }
    }

    // Methods, paths, hosts, headers and keys that nobody has used before.
    private static async Task AttackAsync(TestGateway gateway, string secret, int from, int to)
    {
        var requests = new StringBuilder();
        for (var i = from; i < to; i++)
        {
            string[] starts =
            [
                $"GET /v1/read/{i} HTTP/1.1\r\nAuthorization: Bearer {secret}",
                $"GET /{i}/{i * 7919} HTTP/1.1\r\nAuthorization: Bearer {secret}",
                $"GET /v1/read/x?n{i}={i} HTTP/1.1\r\nAuthorization: Bearer {secret[..^4]}{i:0000}",
                $"VERB{i} /v1/read/x HTTP/1.1",
                $"GET /v1/read/%{i % 90 + 10} HTTP/1.1",
                $"GET /public/{i} HTTP/1.1\r\nUser-Agent: agent-{i}\r\nX-Header-{i}: {i}",
                $"DELETE /v1/posted/{i} HTTP/1.1\r\nX-Gateway-Key-Id: key_{i}",
            ];
            foreach (var start in starts)
                requests.Append(CultureInfo.InvariantCulture, $"{start}\r\nHost: host-{i}.example.com\r\n\r\n");
        }
        foreach (var request in requests.ToString().Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries))
            await RawHttp.SendAsync(gateway.Url, request + "\r\nConnection: close\r\n\r\n");
    }

    private static string ManyRoutes() =>
        string.Concat(
            Enumerable
                .Range(0, Routes)
                .Select(n =>
                    $$""", "many-{{n}}": { "ClusterId": "up", "Match": { "Path": "/many/{{n}}/{**rest}" }, "Metadata": { "Permissions": "read" } }"""
                )
        );

    // Names and labels without values. How long requests took fills one bucket or another, which are all there from the
    // first on.
    private static async Task<List<string>> SeriesAsync(TestGateway gateway)
    {
        var text = (await gateway.OpsAsync("/metrics")).Text;
        Assert.DoesNotContain("host-", text, StringComparison.Ordinal);
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(l => l[0] != '#')
                .Select(l => l[..l.LastIndexOf(' ')])
                // What the runtime and the connections to upstreams have comes as it happens.
                .Where(s => !s.StartsWith("dotnet_", StringComparison.Ordinal))
                .Where(s => !s.StartsWith("http_client_", StringComparison.Ordinal)),
        ];
    }
}
