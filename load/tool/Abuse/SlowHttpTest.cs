using System.Diagnostics;

namespace Gateway.Load;

/// <summary><c>slowhttptest</c>, for as long as it is held.</summary>
internal sealed class SlowHttpTest : IAsyncDisposable
{
    // Longer than anybody measures: it is ended before.
    private const int Seconds = 120;

    private readonly Process _process;

    private SlowHttpTest(Process process) => _process = process;

    /// <summary>Starts it.</summary>
    /// <param name="url">The gateway.</param>
    /// <param name="kind">Headers, body or reading.</param>
    /// <param name="connections">How many.</param>
    public static SlowHttpTest Start(Uri url, string kind, int connections)
    {
        string[] arguments =
        [
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
        ];
        var start = new ProcessStartInfo("slowhttptest", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return new SlowHttpTest(process);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
