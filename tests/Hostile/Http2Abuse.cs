using System.Text;

namespace Gateway.Tests;

/// <summary>What a connection of HTTP/2 may be sent that it should not. Frames of a request that is complete have the
/// public path, so that what arrives upstream can be counted.</summary>
internal static class Http2Abuse
{
    private const byte Priority = 2;
    private const byte PushPromise = 5;
    private const int Padded = 8;
    private const int Open = Http2Frames.EndHeaders;
    private const string Slow = "/public/slow";

    /// <summary>The flood that nothing of is given up.</summary>
    public const string TooMany = "more streams than were agreed";

    /// <summary>One mistake each: the connection or the stream ends, and nothing arrives.</summary>
    public static readonly Dictionary<string, Func<byte[]>> Mistakes = new()
    {
        ["data on stream 0"] = () => Frame(Http2Frames.Data, 0, 0, 1),
        ["headers on stream 0"] = () => Http2Session.Get(0, "/public/x"),
        ["headers on an even stream"] = () => Http2Session.Get(2, "/public/x"),
        ["settings on a stream"] = () => Frame(Http2Frames.Settings, 0, 1, 0),
        ["settings of an odd length"] = () => Frame(Http2Frames.Settings, 0, 0, 5),
        ["settings that acknowledge with a payload"] = () => Frame(Http2Frames.Settings, 1, 0, 6),
        ["a window larger than there can be"] = () =>
            Http2Frames.Frame(Http2Frames.Settings, 0, 0, [0, 4, 0xFF, 0xFF, 0xFF, 0xFF]),
        ["a frame size smaller than there can be"] = () =>
            Http2Frames.Frame(Http2Frames.Settings, 0, 0, [0, 5, 0, 0, 0, 1]),
        ["a ping of the wrong length"] = () => Frame(Http2Frames.Ping, 0, 0, 7),
        ["a ping on a stream"] = () => Frame(Http2Frames.Ping, 0, 1, 8),
        ["a promise from a client"] = () => Frame(PushPromise, Open, 1, 4),
        ["a reset of a stream that never was"] = () => Http2Frames.Frame(Http2Frames.Reset, 1, 8),
        ["a window for a stream that never was"] = () => Http2Frames.Frame(Http2Frames.WindowUpdate, 1, 1),
        ["a window that grows by nothing"] = () => Http2Frames.Frame(Http2Frames.WindowUpdate, 0, 0),
        ["a window that overflows"] = () => Http2Frames.Frame(Http2Frames.WindowUpdate, 0, int.MaxValue),
        ["a continuation of nothing"] = () => Frame(Http2Frames.Continuation, Open, 1, 4),
        ["another frame between headers and their continuation"] = () =>
            [.. Http2Session.Get(1, "/public/x", flags: 1), .. Frame(Http2Frames.Ping, 0, 0, 8)],
        ["a continuation of another stream"] = () =>
            [.. Http2Session.Get(1, "/public/x", flags: 1), .. Frame(Http2Frames.Continuation, Open, 3, 0)],
        ["data on a stream that never was"] = () => Frame(Http2Frames.Data, 1, 1, 1),
        ["more padding than frame"] = () => Http2Frames.Frame(Http2Frames.Headers, Open | Padded | 1, 1, [200, 0x82]),
        ["a frame larger than was agreed"] = () => Frame(Http2Frames.Headers, Open, 1, 16_385),
        ["fields that cannot be unpacked"] = () =>
            Http2Frames.Frame(Http2Frames.Headers, Open | 1, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ["a field of no table"] = () => Http2Frames.Frame(Http2Frames.Headers, Open | 1, 1, [0xFE]),
        ["a table larger than was agreed"] = () =>
            Http2Frames.Frame(Http2Frames.Headers, Open | 1, 1, [0x3F, 0xE1, 0xFF, 0xFF, 0x07, 0x82]),
        ["a text that ends behind the frame"] = () => Http2Frames.Frame(Http2Frames.Headers, Open | 1, 1, [0, 127, 65]),
        ["a stream that depends on itself"] = () => Http2Frames.Frame(Priority, 0, 1, [0, 0, 0, 1, 16]),
        ["a preface that is not one"] = () => Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ["a request of HTTP/1.1"] = () => Encoding.ASCII.GetBytes("GET /public/x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    };

    /// <summary>The same many times: parts of one connection.</summary>
    public static readonly Dictionary<string, Func<IEnumerable<byte[]>>> Floods = new()
    {
        ["streams that are reset at once (CVE-2023-44487)"] = () =>
            Each(i => [.. Http2Session.Get(i, Slow), .. Reset(i)]),
        ["streams that the server must reset: a window of nothing (CVE-2025-8671)"] = () =>
            Each(i => [.. Http2Session.Get(i, Slow), .. Http2Frames.Frame(Http2Frames.WindowUpdate, i, 0)]),
        ["streams that the server must reset: a window that overflows"] = () =>
            Each(i => [.. Http2Session.Get(i, Slow), .. Http2Frames.Frame(Http2Frames.WindowUpdate, i, int.MaxValue)]),
        ["streams that the server must reset: data behind their end"] = () =>
            Each(i => [.. Http2Session.Get(i, Slow), .. Frame(Http2Frames.Data, 0, i, 1)]),
        ["streams that the server must reset: headers behind their end"] = () =>
            Each(i => [.. Http2Session.Get(i, Slow), .. Http2Session.Get(i, Slow)]),
        ["streams that the server must reset: a length that lies"] = () =>
            Each(i =>
                [.. Http2Session.Get(i, Slow, Open, ("content-length", "1")), .. Frame(Http2Frames.Data, 1, i, 9)]
            ),
        ["streams that depend on themselves"] = () =>
            Each(i => [.. Http2Session.Get(i, Slow), .. Http2Frames.Frame(Priority, 0, i, [0, 0, 0, (byte)i, 16])]),
        [TooMany] = () => Each(i => Http2Session.Get(i, Slow)),
        ["a request that continues for ever (CVE-2024-27983 and its kin)"] = () =>
            [
                Http2Session.Get(1, Slow, flags: 1),
                .. Enumerable.Repeat(
                    Http2Frames.Frame(Http2Frames.Continuation, 0, 1, Http2Frames.Pack([("x-a", new('a', 1_000))])),
                    2_000
                ),
            ],
        ["a request that continues with nothing"] = () =>
            [
                Http2Session.Get(1, Slow, flags: 1),
                .. Enumerable.Repeat(Frame(Http2Frames.Continuation, 0, 1, 0), 20_000),
            ],
        ["one long field, a thousand times by its number"] = () =>
            [
                Http2Frames.Frame(
                    Http2Frames.Headers,
                    Open | 1,
                    1,
                    [
                        0x82,
                        0x86,
                        0x84,
                        0x40,
                        1,
                        (byte)'x',
                        0x7F,
                        0xA1,
                        0x1E,
                        .. new byte[4_000].Select(_ => (byte)'a'),
                        .. Enumerable.Repeat((byte)0xBE, 4_000),
                    ]
                ),
            ],
        ["settings"] = () => Enumerable.Repeat(Frame(Http2Frames.Settings, 0, 0, 0), 20_000),
        ["pings"] = () => Enumerable.Repeat(Frame(Http2Frames.Ping, 0, 0, 8), 20_000),
        ["data of no length"] = () =>
            [Http2Session.Get(1, Slow, Open), .. Enumerable.Repeat(Frame(Http2Frames.Data, 0, 1, 0), 20_000)],
        ["windows"] = () => Enumerable.Repeat(Http2Frames.Frame(Http2Frames.WindowUpdate, 0, 1), 20_000),
        ["frames of no known type"] = () => Enumerable.Repeat(Frame(0xEE, 0, 0, 100), 20_000),
    };

    private static byte[] Frame(byte type, int flags, int stream, int length) =>
        Http2Frames.Frame(type, flags, stream, new byte[length]);

    private static byte[] Reset(int stream) => Http2Frames.Frame(Http2Frames.Reset, stream, 8);

    private static IEnumerable<byte[]> Each(Func<int, byte[]> stream) =>
        Enumerable.Range(0, 1_500).Select(i => stream((2 * i) + 1));
}
