using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests;

/// <summary>One of our programs as a process of its own, from the build the tests came with. Killed with the test.</summary>
public sealed class RunningProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, bool> GivenOut = [];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private RunningProcess(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>A loopback port nobody listens on, given out once. Below those that the system gives to whoever asks for
    /// any, so that nobody else has it by the time it is used, and below those of <c>ops/common.sh</c>.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 20_000);
            if (GivenOut.TryAdd(port, true) && IsFree(port))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Starts <c>gateway</c> or <c>admin-api</c>.</summary>
    /// <param name="project">Which.</param>
    /// <param name="settings">Settings, <c>Section:Name</c>; they go by the environment.</param>
    /// <param name="arguments">Arguments.</param>
    public static RunningProcess Start(string project, Dictionary<string, string?> settings, params string[] arguments)
    {
        var environment = settings.ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value);
        // No load balancer has to hear of a stop before it, unless the test says so.
        if (project == "gateway")
            environment.TryAdd("Gateway__DrainDelaySeconds", "0");
        return Run("dotnet", [Program(project), .. arguments], environment);
    }

    /// <summary>The program of <c>gateway</c> or <c>admin-api</c>, for <c>dotnet</c>.</summary>
    public static string Program(string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(Repository.Root, project, "bin", configuration, "net10.0", project + ".dll");
    }

    /// <summary>Starts any program.</summary>
    /// <param name="program">Which.</param>
    /// <param name="arguments">Arguments.</param>
    /// <param name="environment">Added to this process's own, without what would change how ASP.NET is hosted.</param>
    public static RunningProcess Run(
        string program,
        IEnumerable<string> arguments,
        Dictionary<string, string?> environment
    )
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Path.GetTempPath() };
        foreach (
            var name in start
                .Environment.Keys.Where(k => k.StartsWith("ASPNETCORE_", StringComparison.Ordinal))
                .ToList()
        )
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new RunningProcess(start);
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => Assert.True(Signals.Send(_process.Id, signal));

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code; everything it wrote is in <see cref="Output"/> by then.</returns>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It has not ended after {within.TotalSeconds} s:\n{Output}");
        }
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
