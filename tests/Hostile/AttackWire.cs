using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>What came back for a request.</summary>
/// <param name="Status">The first final status, or <c>close</c>, <c>rst</c>, <c>goaway</c>.</param>
/// <param name="Text">Everything that came, one character a byte; over HTTP/2 the body alone.</param>
public sealed record AttackAnswer(string Status, string Text)
{
    /// <summary>Every status of the connection, interim ones left out.</summary>
    public IReadOnlyList<string> Statuses => [.. AttackWire.StatusLines().Matches(Text).Select(m => m.Groups[1].Value)];

    /// <summary>Values of a header of the first answer.</summary>
    public IEnumerable<string> Header(string name) =>
        from line in Text.Split("\r\n\r\n")[0].Split("\r\n").Skip(1)
        where line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)
        select line[(name.Length + 1)..].Trim();
}

/// <summary>Sends what no library would, and takes what comes back. It never fails because a machine is slow: where an
/// answer is due it is waited for, and where none is due a machine that stands still only makes the look shorter.</summary>
public static partial class AttackWire
{
    // Long enough for any answer that is due.
    private static readonly TimeSpan Due = TimeSpan.FromSeconds(20);

    // For what may never come: a server that waits for the rest of a body says nothing.
    private static readonly TimeSpan Perhaps = TimeSpan.FromMilliseconds(400);

    // For what could come after an answer, on a connection that stays open.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(40);

    /// <summary>Sends a request over HTTP/1.1.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="bytes">As it goes over the wire.</param>
    /// <param name="isDue">Whether an answer is waited for however long it takes.</param>
    /// <param name="untilClose">Whether the end of the connection is, too.</param>
    public static async Task<AttackAnswer> SendAsync(IPEndPoint server, byte[] bytes, bool isDue, bool untilClose)
    {
        await using var stream = await ConnectAsync(server);
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            // A server that has seen enough closes before it has read all.
            var sending = stream.WriteAsync(bytes).AsTask();
            while (true)
            {
                using var patience = new CancellationTokenSource(
                    untilClose ? Due
                    : HasAnswer(text) ? Quiet
                    : isDue ? Due
                    : Perhaps
                );
                if (await stream.ReadAsync(buffer, patience.Token) is not (> 0 and var count))
                    break;
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
            await sending;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What has come by then is the answer.
        }

        return Read(text.ToString());
    }

    /// <summary>Sends bytes over HTTP/2 and waits for what becomes of the first stream.</summary>
    public static async Task<AttackAnswer> SendHttp2Async(IPEndPoint server, byte[] bytes, bool isDue)
    {
        await using var stream = await ConnectAsync(server);
        var body = new StringBuilder();
        var status = "close";
        try
        {
            await stream.WriteAsync(bytes);
            using var patience = new CancellationTokenSource(isDue ? Due : Perhaps);
            for (var isOver = false; !isOver; )
            {
                var frame = await Http2Frames.ReadAsync(stream, patience.Token);
                if (frame is { Type: Http2Frames.Headers, Stream: 1 } && status is "close")
                    status = Http2Frames.StatusOf(frame.Payload).ToString();
                if (frame.Type is Http2Frames.Data)
                    body.Append(Encoding.Latin1.GetString(frame.Payload));
                if (frame.Type is Http2Frames.Reset or Http2Frames.GoAway && status is "close")
                    status = frame.Type is Http2Frames.Reset ? "rst" : "goaway";
                var ends = frame.Type is Http2Frames.Headers or Http2Frames.Data;
                isOver =
                    frame.Type is Http2Frames.Reset or Http2Frames.GoAway
                    || (ends && frame.Stream is 1 && (frame.Flags & Http2Frames.EndStream) is not 0);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The connection was given up.
        }

        return new(status, body.ToString());
    }

    [GeneratedRegex(@"HTTP/1\.[01] (101|[2-5]\d\d)")]
    internal static partial Regex StatusLines();

    // A socket of both kinds, because an IPv4 address may be written as an IPv6 one.
    private static async Task<NetworkStream> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static bool HasAnswer(StringBuilder text) => text.Length > 0 && StatusLines().IsMatch(text.ToString());

    private static AttackAnswer Read(string text)
    {
        var match = StatusLines().Match(text);
        return new(match.Success ? match.Groups[1].Value : "close", text);
    }
}
