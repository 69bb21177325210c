using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>
/// One HTTP/2 request, with prior knowledge, whose fields no library would write.
/// </summary>
public static class RawHttp2
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Sends a request.</summary>
    /// <param name="address">Root of the server.</param>
    /// <param name="fields">Pseudo-headers and headers, in order.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="trailers">Trailers; null for none.</param>
    /// <returns>The status; 0 when the stream was reset or the connection given up without one.</returns>
    public static async Task<int> SendAsync(
        string address,
        IEnumerable<(string Name, string Value)> fields,
        string? body = null,
        IEnumerable<(string Name, string Value)>? trailers = null
    )
    {
        using var client = new TcpClient();
        var root = new Uri(address);
        await client.ConnectAsync(root.Host, root.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Request(fields, body, trailers));
        using var patience = new CancellationTokenSource(Patience);
        return await ReadStatusAsync(stream, patience.Token);
    }

    /// <summary>A connection with one request, as it goes over the wire.</summary>
    public static byte[] Request(
        IEnumerable<(string Name, string Value)> fields,
        string? body,
        IEnumerable<(string Name, string Value)>? trailers
    )
    {
        var isLast = body is null && trailers is null ? Http2Frames.EndStream : 0;
        List<byte> request =
        [
            .. Http2Frames.Preface,
            .. Http2Frames.Frame(Http2Frames.Headers, Http2Frames.EndHeaders | isLast, 1, Http2Frames.Pack(fields)),
        ];
        if (body is not null)
        {
            var end = trailers is null ? Http2Frames.EndStream : 0;
            request.AddRange(Http2Frames.Frame(Http2Frames.Data, end, 1, Encoding.Latin1.GetBytes(body)));
        }

        if (trailers is not null)
        {
            const int Last = Http2Frames.EndHeaders | Http2Frames.EndStream;
            request.AddRange(Http2Frames.Frame(Http2Frames.Headers, Last, 1, Http2Frames.Pack(trailers)));
        }

        return [.. request];
    }

    private static async Task<int> ReadStatusAsync(NetworkStream stream, CancellationToken patience)
    {
        try
        {
            while (true)
            {
                var frame = await Http2Frames.ReadAsync(stream, patience);
                if (frame.Type is Http2Frames.Headers)
                    return Http2Frames.StatusOf(frame.Payload);
                if (frame.Type is Http2Frames.Reset or Http2Frames.GoAway)
                    return 0;
                if (frame is { Type: Http2Frames.Settings, Flags: 0 })
                    await stream.WriteAsync(
                        Http2Frames.Frame(Http2Frames.Settings, Http2Frames.Acknowledgement, 0, []),
                        patience
                    );
            }
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
