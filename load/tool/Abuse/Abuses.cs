using System.Globalization;
using System.Text;

namespace Gateway.Load;

/// <summary>Something a server should outlive.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Begin">Begins it; it ends when what is returned is disposed of.</param>
/// <param name="IsFromMany">Whether it comes from many addresses, which no server tells from many clients: memory has its
/// bound then, and how much slower the others get is told.</param>
internal sealed record Abuse(string Name, Func<IAsyncDisposable> Begin, bool IsFromMany = false);

/// <summary>The abuses there are. None needs a key.</summary>
internal static class Abuses
{
    private const int Slow = 1_000;

    // Nearly as many as a gateway takes in a container of 512 MiB.
    private const int Idle = 3_000;

    // As many as it takes to have all connections there may be, and some more.
    private const int Addresses = 8;
    private const int Large = 200;
    private const int Multiplexed = 50;
    private const int Streams = 100;
    private const int Resetting = 100;
    private const int BodyBytes = 4 << 20;

    /// <summary>All of them.</summary>
    /// <param name="url">Where the gateway speaks HTTP/1.1.</param>
    /// <param name="http2">Where it speaks HTTP/2.</param>
    public static IReadOnlyList<Abuse> Of(Uri url, Uri http2) =>
        [
            new($"{Slow:N0} slow headers", () => SlowHttpTest.Start(url, "-H", Slow)),
            new($"{Slow:N0} slow bodies", () => SlowHttpTest.Start(url, "-B", Slow)),
            new($"{Slow:N0} slow readers of large answers", () => SlowHttpTest.Start(url, "-X", Slow)),
            new($"{Idle:N0} connections that say nothing", () => Hoard.Start(url, Idle, [])),
            new(
                $"{Idle:N0} connections with 30 KiB of headers that never end",
                () => Hoard.Start(url, Idle, Unended())
            ),
            new(
                $"{Idle:N0} connections that say nothing, from {Addresses} addresses",
                () => Hoard.Start(url, Idle, [], Addresses),
                IsFromMany: true
            ),
            new(
                $"{Idle:N0} connections with 30 KiB of headers that never end, from {Addresses} addresses",
                () => Hoard.Start(url, Idle, Unended(), Addresses),
                IsFromMany: true
            ),
            new(
                $"{Large} bodies of {BodyBytes >> 20} MiB, sent for a route that wants a key",
                () => Hoard.Start(url, Large, [.. Ascii(Post()), .. new byte[BodyBytes]])
            ),
            new(
                $"{Multiplexed} connections of HTTP/2 with {Streams} requests each, whose bodies do not come",
                () => Hoard.Start(http2, Multiplexed, Http2Requests.Unfinished("/open/x", Streams))
            ),
            new(
                $"{Multiplexed} such connections, each request with 28 KiB of headers",
                () => Hoard.Start(http2, Multiplexed, Http2Requests.Unfinished("/open/x", Streams, isHeavy: true))
            ),
            new($"{Resetting} connections that are opened and reset, over and over", () => Churn.Start(url, Resetting)),
        ];

    private static string Post() =>
        $"POST /v1/r0/x HTTP/1.1\r\nHost: a\r\nContent-Length: {BodyBytes.ToString(CultureInfo.InvariantCulture)}\r\n\r\n";

    private static byte[] Unended() =>
        Ascii(
            "GET /open/x HTTP/1.1\r\nHost: a\r\n"
                + string.Concat(Enumerable.Range(0, 60).Select(i => $"X-{i}: {new string('a', 500)}\r\n"))
        );

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
