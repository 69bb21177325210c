using System.Net;

namespace Gateway.Tests;

/// <summary>A cluster that checks its destinations by what becomes of requests stops sending them to one that is gone.</summary>
public sealed class PassiveHealthTests : IAsyncLifetime
{
    // What YARP's policy looks at before it says anything: ten requests of the last minute.
    private const int BeforeItTells = 30;

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DestinationThatIsGone_IsLeftOut_WhereTheClusterChecks(bool checks)
    {
        var gone = $"http://127.0.0.1:{RunningProcess.FreePort()}";
        await using var gateway = await TestGateway.StartAsync(_store.Options, Routes(gone, checks));
        for (var i = 0; i < BeforeItTells; i++)
            await gateway.TryAsync("/public/x");

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
            answers.Add((await gateway.TryAsync("/public/x")).Status);

        Assert.Equal(checks, answers.TrueForAll(a => a == HttpStatusCode.OK));
    }

    private string Routes(string gone, bool checks) =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "public": { "ClusterId": "up", "Match": { "Path": "/public/{**rest}" }, "Metadata": { "Access": "anonymous" } }
                },
                "Clusters": {
                  "up": {
                    "LoadBalancingPolicy": "RoundRobin",
                    "HealthCheck": { "Passive": { "Enabled": {{(
                checks ? "true" : "false"
            )}}, "Policy": "TransportFailureRate" } },
                    "Destinations": { "here": { "Address": "{{_upstream.Address}}" }, "gone": { "Address": "{{gone}}" } }
                  }
                }
              }
            }
            """;
}
