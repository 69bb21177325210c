using System.Net;
using System.Net.WebSockets;

namespace Gateway.Tests;

/// <summary>One open stream, read all the time until it ends, as its client sees it.</summary>
public sealed class StreamClient : IDisposable
{
    private readonly IDisposable _connection;
    private readonly Func<StreamingUpstream, Task> _say;
    private readonly bool _isAnswered;
    private readonly Task<Exception?> _end;
    private long _received;

    private StreamClient(
        IDisposable connection,
        Func<Memory<byte>, ValueTask<int>> read,
        Func<StreamingUpstream, Task> say,
        bool isAnswered = true
    )
    {
        (_connection, _say, _isAnswered) = (connection, say, isAnswered);
        _end = ReadAsync(read);
    }

    /// <summary>Bytes that came through it.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Whether it has not ended.</summary>
    public bool IsOpen => !_end.IsCompleted;

    /// <summary>A WebSocket.</summary>
    public static StreamClient Of(ClientWebSocket socket) =>
        new(
            socket,
            async buffer => (await socket.ReceiveAsync(buffer, default)).Count,
            _ => socket.SendAsync(new byte[1], WebSocketMessageType.Binary, true, default)
        );

    /// <summary>A response that streams.</summary>
    public static StreamClient Of(HttpResponseMessage response, Stream body) =>
        new(
            response,
            buffer => body.ReadAsync(buffer),
            upstream =>
            {
                upstream.Tick();
                return Task.CompletedTask;
            }
        );

    /// <summary>A request that streams, and has no answer yet.</summary>
    public static StreamClient Of(Task<HttpResponseMessage> answer, OpenCall request) =>
        new(
            request,
            async _ =>
            {
                using var response = await answer;
                response.EnsureSuccessStatusCode();
                return 0;
            },
            _ => request.SendAsync(),
            isAnswered: false
        );

    /// <summary>Fails the test when nothing goes through it.</summary>
    public async Task AliveAsync(StreamingUpstream upstream)
    {
        var before = Progress();
        await _say(upstream);
        await Eventually.TrueAsync(() =>
        {
            Assert.True(IsOpen, $"It has ended: {(_end.IsCompleted ? _end.Result : null)}");
            return Progress() > before;
        });

        long Progress() => _isAnswered ? Received : upstream.Received;
    }

    /// <summary>Waits until it has been cut off; fails the test when it ends as if all had been said.</summary>
    /// <param name="within">How long it may take; 20 s when null.</param>
    public async Task CutOffAsync(TimeSpan? within = null)
    {
        await Eventually.TrueAsync(() => !IsOpen, within);
        Assert.NotNull(await _end);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<Exception?> ReadAsync(Func<Memory<byte>, ValueTask<int>> read)
    {
        var buffer = new byte[256];
        try
        {
            while (await read(buffer) is > 0 and var count)
                Interlocked.Add(ref _received, count);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}

/// <summary>The body of a request that goes on for as long as its client likes.</summary>
public sealed class OpenCall : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends a byte.</summary>
    public async Task SendAsync()
    {
        var stream = await _stream.Task;
        await stream.WriteAsync(new byte[1]);
        await stream.FlushAsync();
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    // An answer that comes before all is said ends this: who ignores that waits for ever.
    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        _stream.SetResult(stream);
        return _done.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _done.TrySetResult();
        base.Dispose(disposing);
    }
}
