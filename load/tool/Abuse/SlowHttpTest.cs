using System.Diagnostics;

namespace Gateway.Load;

/// <summary><c>slowhttptest</c>, begun again whenever all of its connections were closed, for as long as it is held.</summary>
internal sealed class SlowHttpTest : IAsyncDisposable
{
    // Longer than anybody measures: it is ended before.
    private const int Seconds = 300;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private SlowHttpTest(string[] arguments) => _running = RunAsync(arguments);

    /// <summary>Starts it.</summary>
    /// <param name="url">The gateway.</param>
    /// <param name="kind">Headers, body or reading.</param>
    /// <param name="connections">How many.</param>
    public static SlowHttpTest Start(Uri url, string kind, int connections) =>
        new([
            kind,
            "-c",
            $"{connections}",
            "-r",
            "500",
            "-i",
            "5",
            "-l",
            $"{Seconds}",
            "-p",
            "5",
            "-u",
            new Uri(url, kind is "-X" ? "/open/large" : "/open/x").ToString(),
            .. kind is "-X" ? ["-w", "1", "-y", "16", "-n", "5", "-z", "4"] : Array.Empty<string>(),
        ]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(string[] arguments)
    {
        while (!_stop.IsCancellationRequested)
        {
            var start = new ProcessStartInfo("slowhttptest", arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            process.BeginOutputReadLine();
            await process.WaitForExitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill();
        }
    }
}
