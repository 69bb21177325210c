using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Streams through a gateway process that stands still while their key is revoked at the real admin API.</summary>
public sealed class PausedStreamsTests
{
    // As short as they may be: a receipt waits for both.
    private static readonly (string, string?)[] Settings =
    [
        ("Changes:LeaseSeconds", "1"),
        ("Changes:DefaultMaxStaleness", "00:00:01"),
    ];

    [Fact]
    public async Task GatewayThatStoodStill_IsNamedByTheReceipt_AndEndsTheKeysStreamsAsItWakes()
    {
        await using var upstream = await StreamingUpstream.StartAsync();
        await using var pair = new ProcessPair();
        await File.WriteAllTextAsync(pair.RoutesFile, StreamGateway.Routes(upstream));
        pair.StartAdmin(Settings);
        var gateway = pair.StartGateway(Settings);
        await pair.ReadyAsync();
        var (account, id, key) = await pair.MakeKeyAsync();
        using var clients = new StreamClients(upstream, pair.Edge.BaseAddress!.GetLeftPart(UriPartial.Authority), "");
        var streams = new[]
        {
            await clients.OpenAsync(StreamKind.Socket, key),
            await clients.OpenAsync(StreamKind.Events, key),
        };
        await Task.WhenAll(streams.Select(s => s.AliveAsync(upstream)));
        var received = streams.Select(s => s.Received).ToList();

        gateway.Signal(Signals.Pause);
        try
        {
            var receipt = (await pair.RevokeAsync(account, id, "?wait=0")).Succeeded().Data["propagation"]!;
            Assert.False((bool)receipt["complete"]!);
            Assert.Equal("edge-1", (string)Assert.Single(receipt["pending"]!.AsArray())!["id"]!);
            await CompleteAsync(pair, (long)receipt["change"]!);
            Assert.All(streams, s => Assert.True(s.IsOpen));
        }
        finally
        {
            gateway.Signal(Signals.Continue);
        }

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        Assert.Equal(received, streams.Select(s => s.Received));
        await Eventually.TrueAsync(() => upstream.Open == 0);
        await Eventually.TrueAsync(async () => await pair.CallAsync(key, "/h1/w1/chunks") == "401 REVOKED_API_KEY");
        Assert.False(gateway.HasExited);
    }

    // By itself, although nobody has heard of the gateway since.
    private static Task CompleteAsync(ProcessPair pair, long change) =>
        Eventually.TrueAsync(async () =>
        {
            var answer = await pair.Desk.CallAsync(
                HttpMethod.Get,
                $"/v1/changes/{change}",
                null,
                TestAdmin.OperatorToken
            );
            var receipt = answer.Succeeded().Data["propagation"]!;
            return (bool)receipt["complete"]! && receipt["pending"] is JsonArray { Count: 0 };
        });
}
