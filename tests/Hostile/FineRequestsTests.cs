using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>A guard that refuses everything is no guard: what is unusual and fine is answered, and arrives as it was sent.</summary>
[Collection(HostileCollection.Name)]
public sealed class FineRequestsTests(AttackStand stand)
{
    private const int Stride = 4;
    private const int OneByOne = 20;

    // Far longer than an answer takes.
    private static readonly TimeSpan Due = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Files => [.. AttackCases.Files("fine")];

    [Theory]
    [MemberData(nameof(Files))]
    public Task WhatIsUnusualAndFine_IsAnswered_AndArrivesAsItWasSent(string file) =>
        stand.AssertAsync("fine", AttackCases.Of("fine", file).Where((_, i) => IsSent(file, i)));

    // YARP would pass it on: it compares it with what the framework decoded.
    [Theory]
    [InlineData("xn--bcher-kva.example")]
    [InlineData("xn--nxasmq6b:8080")]
    [InlineData("XN--NXASMQ6B")]
    [InlineData("other.example")]
    public async Task HostOfTheClient_IsNotTheUpstreams_InPunycodeEither(string host)
    {
        var sent = new AttackCase
        {
            Id = host,
            About = host,
            Source = "",
            Raw = $"GET /public/x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
            Expect = new()
            {
                Granted = ["public"],
                MustArrive = 1,
                Status = ["200"],
            },
        };
        Assert.Empty((await stand.Lane.RunAsync(sent)).Faults);
        var arrived = Assert.Single(stand.Lane.Upstream.Requests);
        Assert.Equal(new Uri(stand.Lane.Upstream.Address).Authority, arrived.Value("Host"));
        Assert.Equal(host, arrived.Value("X-Forwarded-Host"));
    }

    [Fact]
    public async Task OneConnection_IsUsedAgain_WheneverAnAnswerHasCome()
    {
        var lane = stand.Lane;
        lane.Upstream.Clear();
        var targets = AttackCases
            .Of("fine", "paths")
            .Where(c => c.Raw?.StartsWith("GET /public/", StringComparison.Ordinal) is true)
            .Select(c => lane.Gateway.Fill(c.Raw!.Split(' ')[1]))
            .Take(OneByOne)
            .ToList();
        Assert.Equal(OneByOne, targets.Count);
        using var client = new TcpClient();
        await client.ConnectAsync(lane.Gateway.Http1);
        await using var stream = client.GetStream();
        foreach (var target in targets)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
            var text = "";
            while (!text.EndsWith("\r\n\r\nok", StringComparison.Ordinal))
                text += (char)await ReadByteAsync(stream);
            Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        }

        Assert.Equal(targets, lane.Upstream.Requests.Select(r => r.Target));
        AttackReport.Add("fine", "cases", OneByOne);
        AttackReport.Add("fine", "let through as expected", OneByOne);
    }

    [Fact]
    public void TextsArePacked_AsTheSpecificationSays() =>
        // RFC 7541 appendix C.4.1 and C.6.1.
        Assert.Equal(
            ["F1E3C2E5F23A6BA0AB90F4FF", "9D29AD171863C78F0B97C8E9AE82AE43D3"],
            new[] { "www.example.com", "https://www.example.com" }.Select(t => Convert.ToHexString(HuffmanCode.Pack(t)))
        );

    [Fact]
    public async Task AllTheStreamsAConnectionMayHave_AreAnswered_WhenTheyAreSentAtOnce()
    {
        const int Streams = 100;
        await using var session = await Http2Session.ConnectAsync(stand.Lane.Gateway.Http2);
        var numbers = Enumerable.Range(0, Streams).Select(i => (2 * i) + 1).ToList();
        await session.SendAsync([.. numbers.SelectMany(i => Http2Session.Get(i, $"/public/{i}"))]);
        await Eventually.TrueAsync(() => session.Statuses.Count is Streams);
        Assert.All(numbers, i => Assert.Equal(200, session.Statuses[i]));
    }

    [Fact]
    public void ThereAreAtLeastAsManyAsHostileOnes() =>
        Assert.True(
            AttackCases.All("fine").Count >= AttackCases.All("published").Count + AttackCases.All("ours").Count
        );

    private static async Task<byte> ReadByteAsync(Stream stream)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one).AsTask().WaitAsync(Due);
        return one[0];
    }

    // Of files that say a group's values, which are many and alike, a part is sent in the ordinary run.
    private static bool IsSent(string file, int number) =>
        AttackReport.IsFull
        || number % Stride is 0
        || !AttackCases.Groups("fine", file).Any(g => g.ContainsKey("values"));
}
