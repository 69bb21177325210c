using System.Net;

namespace Gateway.Tests;

/// <summary>A route's <c>Timeout</c> bounds the whole request, and the answer is the gateway's.</summary>
public class RouteTimeoutTests
{
    [Fact]
    public async Task SlowUpstream_IsAnswered504_WhenTheRouteStatesATimeout()
    {
        await using var store = await TestStore.SqliteAsync();
        var answer = new TaskCompletionSource();
        await using var upstream = new RecordingUpstream { Answer = (_, _) => answer.Task };
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            RoutesText.File(
                """
                {
                  "slow": {"ClusterId": "c", "Match": {"Path": "/slow"}, "Metadata": {"Access": "anonymous"},
                           "Timeout": "00:00:00.2"}
                }
                """,
                $$"""{"c": {"Destinations": {"d": {"Address": "{{upstream.Address}}"} } } }"""
            )
        );

        Assert.Equal((HttpStatusCode.GatewayTimeout, "UPSTREAM_TIMEOUT"), await gateway.TryAsync("/slow"));
        answer.SetResult();
    }
}
