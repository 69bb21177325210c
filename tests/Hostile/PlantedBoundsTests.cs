extern alias DataPlane;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using HeapValve = DataPlane::Gateway.Listeners.HeapValve;

namespace Gateway.Tests;

/// <summary>Bounds of what a caller may have the gateway hold: asked the same question, it answers otherwise without them.</summary>
[Collection(HostileCollection.Name)]
public sealed class PlantedBoundsTests(AttackStand stand)
{
    private const string Part = "planted holes";
    private const int StreamsAgreed = 100;

    private static readonly byte[] Plain =
    [
        .. "GET /public/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8,
    ];

    private static readonly byte[] Held =
    [
        .. "GET /public/held HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8,
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task RequestsWithoutAKey_HaveAShare(bool isPlanted) =>
        JudgeAsync(
            isPlanted,
            builder =>
                builder.Services.AddSingleton(
                    new KeylessRequests(new LimitOptions()) { Most = isPlanted ? long.MaxValue : 24 * 1024 }
                ),
            async lane =>
            {
                var held = AttackWire.SendAsync(lane.Gateway.Http1, Held, isDue: true, untilClose: true);
                await Eventually.TrueAsync(() => lane.Upstream.Begun.Count is 1);
                var second = await AttackWire.SendAsync(lane.Gateway.Http1, Plain, isDue: true, untilClose: true);
                return second.Status is "200";
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Http2_IsHungUpOn_WhileMemoryIsShort(bool isPlanted) =>
        JudgeAsync(
            isPlanted,
            builder =>
                builder.Services.AddSingleton(
                    new HeapValve(TimeProvider.System)
                    {
                        Most = isPlanted ? long.MaxValue : 64 << 20,
                        Used = () => 64 << 20,
                        Patience = TimeSpan.Zero,
                    }
                ),
            async lane =>
            {
                var request = RawHttp2.Request(Fields("/public/x"), null, null);
                return (await AttackWire.SendHttp2Async(lane.Gateway.Http2, request, isDue: true)).Status is "200";
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task StreamsOfAConnection_AreAsManyAsWereAgreed(bool isPlanted) =>
        JudgeAsync(
            isPlanted,
            builder =>
                builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
                    kestrel.Limits.Http2.MaxStreamsPerConnection = isPlanted ? 1_000 : StreamsAgreed
                ),
            async lane =>
            {
                await using var session = await Http2Session.ConnectAsync(lane.Gateway.Http2);
                var streams = Enumerable.Range(0, StreamsAgreed + 1).Select(i => (2 * i) + 1);
                await session.SendAsync([.. streams.SelectMany(i => Http2Session.Get(i, "/public/held"))]);
                await Eventually.TrueAsync(() =>
                    lane.Upstream.Begun.Count > StreamsAgreed || !session.Statuses.IsEmpty || session.IsOver
                );
                return lane.Upstream.Begun.Count > StreamsAgreed;
            }
        );

    // What begins with /public/held is answered when all is over.
    private async Task JudgeAsync(
        bool isPlanted,
        Action<WebApplicationBuilder> plant,
        Func<AttackLane, Task<bool>> goesThrough
    )
    {
        if (isPlanted)
            AttackReport.Add(Part, "cases", 1);
        await using var lane = await AttackLane.StartAsync(stand.Keys, new() { ["Gateway:DrainSeconds"] = "1" }, plant);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var plain = lane.Upstream.Answer;
        lane.Upstream.Answer = async (request, client) =>
        {
            if (request.Target is "/public/held")
                await over.Task;
            await plain(request, client);
        };
        try
        {
            Assert.Equal(isPlanted, await goesThrough(lane));
        }
        finally
        {
            over.SetResult();
        }

        if (isPlanted)
            AttackReport.Add(Part, "found", 1);
    }

    private static (string, string)[] Fields(string path) =>
        [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", path)];
}
