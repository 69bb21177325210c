namespace Gateway.Keys.Storage;

/// <summary>
/// The end of what is asked of the store: after its time, or when whoever asks gives up. It is there for what may hang on
/// its token: a driver that cancels a statement at the moment its connection dies may throw (Npgsql 10 does, of an event
/// already disposed), and that would come out of a timer, which ends the process, or of a host that is stopping.
/// </summary>
public sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _given;
    private readonly ITimer? _timer;

    /// <summary>Begins now.</summary>
    /// <param name="patience">How long it takes at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="given">The token of whoever asks.</param>
    public Deadline(TimeSpan patience, CancellationToken given)
    {
        _given = given.UnsafeRegister(static me => ((Deadline)me!).Cancel(), this);
        if (patience != Timeout.InfiniteTimeSpan)
            _timer = TimeProvider.System.CreateTimer(
                static me => ((Deadline)me!).Cancel(),
                this,
                patience,
                Timeout.InfiniteTimeSpan
            );
    }

    /// <summary>Cancelled when it is over. Whoever gives up hears nothing of what the cancelling meets with.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _given.Dispose();
        _source.Dispose();
    }

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (Exception e) when (e is AggregateException or ObjectDisposedException)
        {
            // All who wait have been told: what threw was on its way out already, and so is what is disposed.
        }
    }
}
