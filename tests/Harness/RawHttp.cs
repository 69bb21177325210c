using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests;

/// <summary>One response as it came over the wire.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Headers">Names and values in order.</param>
/// <param name="Body">The body, chunk framing taken off, as Latin-1.</param>
public sealed record RawResponse(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, string Body)
{
    /// <summary>The values of a header, joined by a comma; null when it is absent.</summary>
    public string? Header(string name) =>
        Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToArray()
            is { Length: > 0 } values
            ? string.Join(", ", values)
            : null;
}

/// <summary>What came back on one connection.</summary>
/// <param name="Responses">Whole responses, in order.</param>
/// <param name="Closed">Whether the server closed the connection: before the expected number had come or, when that was
/// watched for, soon after.</param>
public sealed record RawExchange(IReadOnlyList<RawResponse> Responses, bool Closed)
{
    /// <summary>Status of the first response; 0 when the connection was closed without one.</summary>
    public int Status => Responses is [var first, ..] ? first.Status : 0;
}

/// <summary>
/// Sends bytes no HTTP library would send, and reads what comes back. Text is Latin-1: one character is one byte.
/// </summary>
public static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A server that means to close has done so by then on loopback.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(300);

    /// <summary>Sends bytes on a fresh connection and reads responses until <paramref name="expected"/> have come or
    /// the server closed.</summary>
    /// <param name="address">Root of the server.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="expected">Final responses to wait for.</param>
    /// <param name="watchClose">Wait a moment for the server to close after the last one.</param>
    public static async Task<RawExchange> SendAsync(
        string address,
        string bytes,
        int expected = 1,
        bool watchClose = false
    )
    {
        using var client = new TcpClient();
        var root = new Uri(address);
        await client.ConnectAsync(root.Host, root.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        using var patience = new CancellationTokenSource(Patience);
        List<RawResponse> responses = [];
        var reader = new Reader(stream, patience.Token);
        var head = bytes.StartsWith("HEAD ", StringComparison.Ordinal);
        while (responses.Count < expected)
        {
            if (await reader.ReadAsync(head) is not { } response)
            {
                return new(responses, true);
            }

            // Interim responses (100 Continue) do not count.
            if (response.Status is >= 200 or 101)
            {
                responses.Add(response);
            }
        }

        if (!watchClose)
            return new(responses, false);
        patience.CancelAfter(Linger);
        return new(responses, await reader.ClosesAsync());
    }

    private sealed class Reader(Stream stream, CancellationToken patience)
    {
        private readonly byte[] _one = new byte[1];

        public async Task<RawResponse?> ReadAsync(bool head)
        {
            try
            {
                var line = await ReadLineAsync();
                var status = int.Parse(line.AsSpan(9, 3), CultureInfo.InvariantCulture);
                List<KeyValuePair<string, string>> headers = [];
                while (await ReadLineAsync() is { Length: > 0 } field)
                {
                    var colon = field.IndexOf(':', StringComparison.Ordinal);
                    headers.Add(new(field[..colon], field[(colon + 1)..].Trim(' ')));
                }

                var response = new RawResponse(status, headers, "");
                return head || status is < 200 or 204 or 304
                    ? response
                    : response with
                    {
                        Body = await BodyAsync(response),
                    };
            }
            catch (Exception e) when (e is IOException)
            {
                return null;
            }
        }

        public async Task<bool> ClosesAsync()
        {
            try
            {
                return await stream.ReadAsync(_one, patience) is 0;
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                return e is IOException;
            }
        }

        private async Task<string> BodyAsync(RawResponse response)
        {
            if (response.Header("Content-Length") is { } length)
            {
                return await ExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture));
            }

            var body = new StringBuilder();
            if (response.Header("Transfer-Encoding") is null)
            {
                while (await stream.ReadAsync(_one, patience) is 1)
                {
                    body.Append((char)_one[0]);
                }

                return body.ToString();
            }

            while (Convert.ToInt32(await ReadLineAsync(), 16) is > 0 and var size)
            {
                body.Append(await ExactlyAsync(size));
                await ReadLineAsync();
            }

            await ReadLineAsync();
            return body.ToString();
        }

        private async Task<string> ExactlyAsync(int count)
        {
            var bytes = new byte[count];
            await stream.ReadExactlyAsync(bytes, patience);
            return Encoding.Latin1.GetString(bytes);
        }

        private async Task<string> ReadLineAsync()
        {
            var line = new StringBuilder();
            while (await stream.ReadAsync(_one, patience) is 1)
            {
                line.Append((char)_one[0]);
                if (line.Length > 1 && line[^2] is '\r' && line[^1] is '\n')
                {
                    return line.ToString(0, line.Length - 2);
                }
            }

            throw new EndOfStreamException();
        }
    }
}
