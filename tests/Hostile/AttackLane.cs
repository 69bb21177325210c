using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests;

/// <summary>A gateway with an upstream that records, for one request at a time: whatever arrives is that request's.</summary>
public sealed class AttackLane : IAsyncDisposable
{
    private AttackLane(AttackGateway gateway, RecordingUpstream upstream) => (Gateway, Upstream) = (gateway, upstream);

    /// <summary>The gateway.</summary>
    public AttackGateway Gateway { get; }

    /// <summary>What is behind it.</summary>
    public RecordingUpstream Upstream { get; }

    /// <summary>Starts one.</summary>
    /// <param name="keys">Its store.</param>
    /// <param name="settings">Further settings.</param>
    /// <param name="plant">Takes a rule out; null for the gateway as it is.</param>
    public static async Task<AttackLane> StartAsync(
        AttackKeys keys,
        Dictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? plant = null
    )
    {
        var upstream = new RecordingUpstream { Answer = AnswerAsync };
        return new(await AttackGateway.StartAsync(keys, upstream.Address, settings, plant), upstream);
    }

    /// <summary>Sends a request, waits until the gateway is done with it, and judges what came of it.</summary>
    /// <param name="attack">Which.</param>
    /// <param name="front">Somebody who stands in front; null for nobody.</param>
    public async Task<AttackVerdict> RunAsync(AttackCase attack, IPEndPoint? front = null)
    {
        Upstream.Clear();
        var answer = await Gateway.SendAsync(attack, front);
        // A fine request is answered to its end, behind which nothing can come.
        if (front is null && attack.Expect.MustArrive is 0)
            await Gateway.DrainedAsync();
        return AttackJudge.Judge(attack, answer, Upstream.Begun, Upstream.Requests, Gateway.Fill);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private static async Task AnswerAsync(RecordedRequest request, Stream client)
    {
        if (request.Values("Upgrade").Length is 0)
            await RecordingUpstream.PlainAsync(request, client);
        else if (request.Values("Sec-WebSocket-Version") is not ["13"])
            await RecordingUpstream.WriteAsync(client, "426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
        else
            await TunnelAsync(request, client);
    }

    // Behind a handshake that was taken come frames, whatever they look like.
    private static async Task TunnelAsync(RecordedRequest request, Stream client)
    {
        await RecordingUpstream.WriteAsync(
            client,
            "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + $"Sec-WebSocket-Accept: {RecordingUpstream.AcceptOf(request)}\r\n\r\n"
        );
        await client.CopyToAsync(Stream.Null);
    }
}
