using Microsoft.AspNetCore.Connections;

namespace Gateway.Listeners;

/// <summary>
/// Lets go of connections whose client is gone but which the server never ends. A flood of HTTP/2 streams that are reset
/// can overrun Kestrel's queue of answers (version 10; some hundred on a busy machine suffice). It then forgets one of the
/// streams and waits for it for ever: the connection keeps its place among those there may be at once, and a stop waits for
/// it. Both processes compile this file.
/// </summary>
public sealed partial class LostConnections(TimeProvider clock, ILogger<LostConnections> log)
{
    /// <summary>How long a connection may go on without its client. Requests are cancelled as it goes, and end within
    /// moments; what has not by then is waiting for nothing.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For <c>ListenOptions.Use</c>, first of all: the server's own count of connections is around it.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next) => connection => ServeAsync(next(connection), connection);

    private async Task ServeAsync(Task served, ConnectionContext connection)
    {
        if (!served.IsCompleted)
            await Task.WhenAny(served, GoneAsync(connection.ConnectionClosed));
        try
        {
            await served.WaitAsync(Patience, clock);
        }
        catch (TimeoutException) when (!served.IsCompleted)
        {
            LogLost(connection.ConnectionId);
        }
    }

    private static Task GoneAsync(CancellationToken closed)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // It ends with the connection: the token's source goes then.
        closed.UnsafeRegister(static me => ((TaskCompletionSource)me!).TrySetResult(), gone);
        return gone.Task;
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Connection {Connection} was let go: its client is gone, and the server never ended it"
    )]
    private partial void LogLost(string connection);
}
