namespace Gateway;

/// <summary>
/// The first step of a stop: the process says that it is not ready and goes on serving for a while, so that whoever
/// sends it requests has heard of it before it stops to listen. Answers of that time close their connections, or, over
/// HTTP/2, announce it. Then the server finishes what is in flight (<c>Gateway:DrainSeconds</c>), uses are written and
/// the row is closed.
/// </summary>
public sealed partial class Drain(GatewayOptions options, TimeProvider clock, ILogger<Drain> log)
    : IHostedLifecycleService
{
    private volatile bool _isDraining;

    /// <summary>Whether the process has been told to stop.</summary>
    public bool IsDraining => _isDraining;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isDraining = true;
        if (options.DrainDelaySeconds == 0)
            return;
        LogDraining(options.DrainDelaySeconds);
        await Task.Delay(TimeSpan.FromSeconds(options.DrainDelaySeconds), clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Told to stop: not ready any more, serves on for {Seconds} s")]
    private partial void LogDraining(int seconds);
}
