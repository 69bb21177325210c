namespace Gateway.Tests;

/// <summary>Whoever breaks the rules of HTTP/2 reaches nothing, and holds up nobody else.</summary>
[Collection(HostileCollection.Name)]
public sealed class Http2AbuseTests(AttackStand stand)
{
    // Streams a connection may have.
    private const int MostAtOnce = 100;

    private static readonly byte[] Plain =
    [
        .. "GET /public/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8,
    ];

    private AttackLane Lane => stand.Lane;

    public static TheoryData<string> Mistakes => [.. Http2Abuse.Mistakes.Keys];

    public static TheoryData<string> Floods => [.. Http2Abuse.Floods.Keys];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task AMistake_EndsTheConnection_AndNothingArrives(string mistake)
    {
        Lane.Upstream.Clear();
        await using (var session = await Http2Session.ConnectAsync(Lane.Gateway.Http2))
        {
            await session.SendAsync(Http2Abuse.Mistakes[mistake]());
            await Eventually.TrueAsync(() => session.IsOver);
        }

        await Lane.Gateway.DrainedAsync();
        Assert.Empty(Lane.Upstream.Begun);
        Count(refused: 1);
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public async Task AFlood_IsBounded_AndOthersAreServedMeanwhile(string flood)
    {
        var lane = stand.Flooded;
        var held = new HeldRequests();
        var answer = lane.Upstream.Answer;
        lane.Upstream.Answer = (request, client) =>
            request.Target is "/public/slow" ? held.HoldAsync(client) : RecordingUpstream.PlainAsync(request, client);
        try
        {
            await using (var session = await Http2Session.ConnectAsync(lane.Gateway.Http2))
            {
                foreach (var part in Http2Abuse.Floods[flood]().Chunk(100))
                {
                    if (!await session.SendAsync([.. part.SelectMany(p => p)]))
                        break;
                }

                var other = await AttackWire.SendAsync(lane.Gateway.Http1, Plain, isDue: true, untilClose: true);
                Assert.Equal("200", other.Status);
                // An upstream hears late that a request was given up; of those that are not, it never gets more.
                if (flood == Http2Abuse.TooMany)
                    Assert.InRange(held.Most, 0, MostAtOnce);
            }
        }
        finally
        {
            lane.Upstream.Answer = answer;
        }

        Count(refused: 1);
    }

    [Fact]
    public async Task AHundredStreamsAtOnce_AreAllAnswered_TenTimesOver()
    {
        await using var session = await Http2Session.ConnectAsync(Lane.Gateway.Http2);
        for (var round = 0; round < 10; round++)
        {
            var first = (200 * round) + 1;
            byte[][] requests =
            [
                .. Enumerable.Range(0, 100).Select(i => Http2Session.Get(first + (2 * i), "/public/x")),
            ];
            Assert.True(await session.SendAsync([.. requests.SelectMany(r => r)]));
            await Eventually.TrueAsync(() => session.Statuses.Count == 100 * (round + 1));
        }

        Assert.All(session.Statuses.Values, s => Assert.Equal(200, s));
        Count(through: 1_000);
    }

    [Fact]
    public async Task OddFrames_ThatAreAllowed_AreTaken()
    {
        await using var session = await Http2Session.ConnectAsync(Lane.Gateway.Http2);
        var block = Http2Session.Get(1, "/public/x")[9..];
        byte[][] odd =
        [
            Http2Frames.Frame(0xEE, 0xFF, 0, [1, 2, 3]),
            Http2Frames.Frame(2, 0, 7, [0, 0, 0, 0, 16]),
            Http2Frames.Frame(Http2Frames.WindowUpdate, 0, 100),
            Http2Frames.Frame(Http2Frames.Settings, 0, 0, [0xEE, 0xEE, 0, 0, 0, 1]),
            // In pieces, padded, with a priority.
            Http2Frames.Frame(Http2Frames.Headers, 1, 1, block.AsSpan(0, 3)),
            Http2Frames.Frame(Http2Frames.Continuation, 0, 1, block.AsSpan(3, 5)),
            Http2Frames.Frame(Http2Frames.Continuation, Http2Frames.EndHeaders, 1, block.AsSpan(8)),
            Http2Frames.Frame(Http2Frames.Headers, 0xD, 3, [4, .. block, 0, 0, 0, 0]),
            Http2Frames.Frame(Http2Frames.Headers, 0x25, 5, [0, 0, 0, 0, 255, .. block]),
        ];
        Assert.True(await session.SendAsync([.. odd.SelectMany(o => o)]));
        await Eventually.TrueAsync(() => session.Statuses.Count == 3);
        Assert.All(session.Statuses.Values, s => Assert.Equal(200, s));
        Count(through: 3);
    }

    private static void Count(int refused = 0, int through = 0)
    {
        AttackReport.Add("HTTP/2 frames", "cases", refused + through);
        AttackReport.Add("HTTP/2 frames", "refused", refused);
        AttackReport.Add("HTTP/2 frames", "let through as expected", through);
        AttackReport.Add("HTTP/2 frames", "escalations", 0);
    }

    /// <summary>Requests an upstream sits on until whoever asked goes away.</summary>
    private sealed class HeldRequests
    {
        private readonly Lock _turn = new();
        private int _held;

        public int Most { get; private set; }

        public async Task HoldAsync(Stream client)
        {
            lock (_turn)
                Most = Math.Max(Most, ++_held);
            try
            {
                await client.ReadExactlyAsync(new byte[1]);
            }
            finally
            {
                lock (_turn)
                    _held--;
            }
        }
    }
}
