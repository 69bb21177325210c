using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>One of our servers as a process of its own, on free ports of the loopback interface. Stopped when disposed of.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(40);
    private static readonly HttpClient Client = new();

    private readonly Process _process;
    private readonly string _log;

    private ServerProcess(ProcessStartInfo start, string log, Uri url, Uri ops)
    {
        (_log, Url, Ops) = (log, url, ops);
        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Where its metrics are, of a gateway.</summary>
    public Uri Ops { get; }

    /// <summary>Timestamp from before it was started.</summary>
    public long StartedAt { get; }

    /// <summary>Processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory it occupies, in bytes.</summary>
    public long ResidentBytes => Machine.Kilobytes($"/proc/{_process.Id}/status", "VmRSS") * 1024;

    /// <summary>Bytes it has had written to disk.</summary>
    public long WrittenBytes =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/io")
                .First(l => l.StartsWith("write_bytes:", StringComparison.Ordinal))[12..],
            CultureInfo.InvariantCulture
        );

    /// <summary>Starts one.</summary>
    /// <param name="executable">The program.</param>
    /// <param name="store">Its store.</param>
    /// <param name="folder">Where its log goes.</param>
    /// <param name="settings">Further settings, <c>Section:Name</c>; they go by the environment.</param>
    public static ServerProcess Start(
        string executable,
        StoreOptions store,
        string folder,
        params (string Name, string Value)[] settings
    ) => Start(executable, store, folder, NewPlace(), NewPlace(), settings);

    /// <summary>Starts one where it is to be found.</summary>
    /// <param name="executable">The program; one that ends in <c>.dll</c> is run by <c>dotnet</c>.</param>
    /// <param name="store">Its store.</param>
    /// <param name="folder">Where its log goes.</param>
    /// <param name="url">Where it is to listen.</param>
    /// <param name="ops">Where its metrics are to be.</param>
    /// <param name="settings">Further settings, <c>Section:Name</c>; they go by the environment.</param>
    public static ServerProcess Start(
        string executable,
        StoreOptions store,
        string folder,
        Uri url,
        Uri ops,
        params (string Name, string Value)[] settings
    ) => Start(executable, [], store, folder, url, ops, settings);

    /// <summary>Starts a command of a program that becomes a server.</summary>
    public static ServerProcess Start(
        string executable,
        IReadOnlyList<string> arguments,
        StoreOptions store,
        string folder,
        Uri url,
        Uri ops,
        params (string Name, string Value)[] settings
    )
    {
        var log = Path.Combine(folder, $"{Path.GetFileName(executable)}-{url.Port}.log");
        // Through a shell, so that its log is a file and costs this process nothing.
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                $"exec {(executable.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet " : "")}\"$0\" \"$@\" >>'{log}' 2>&1",
                executable,
                .. arguments,
            ]
        )
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
        };
        (string Name, string Value)[] own =
        [
            ("Store:Provider", store.Provider),
            ("Store:ConnectionString", store.ConnectionString),
            ("Kestrel:Endpoints:Http:Url", url.ToString()),
            ("Ops:Url", ops.ToString()),
            ("Gateway:DrainDelaySeconds", "0"),
        ];
        foreach (var (name, value) in own.Concat(settings))
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return new ServerProcess(start, log, url, ops);
    }

    /// <summary>Waits until it answers a path with 200, asking again and again.</summary>
    /// <returns>Time since it was started.</returns>
    public async Task<TimeSpan> AnswersAsync(Uri path, string? key)
    {
        while (Stopwatch.GetElapsedTime(StartedAt) < Patience && !_process.HasExited)
        {
            if (await TryAsync(path, key))
                return Stopwatch.GetElapsedTime(StartedAt);
            await Task.Delay(1);
        }
        throw new InvalidOperationException($"It does not answer:\n{await File.ReadAllTextAsync(_log)}");
    }

    /// <summary>One of its metrics now.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await Client.GetStringAsync(new Uri(Ops, "/metrics"));
        var line = text.Split('\n').First(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>An address of the loopback interface that nobody has.</summary>
    public static Uri NewPlace() => new($"http://127.0.0.1:{Ports.Free()}/");

    /// <summary>Stops it as an orchestrator does, and waits for its end.</summary>
    /// <returns>Its exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Took)> StopAsync()
    {
        var told = Stopwatch.GetTimestamp();
        await SignalAsync("TERM");
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return (_process.ExitCode, Stopwatch.GetElapsedTime(told));
    }

    /// <summary>Stops it as an administrator does, so that no receipt waits for it; kills it when it does not stop.</summary>
    public async ValueTask DisposeAsync()
    {
        await SignalAsync("TERM");
        using var patience = new CancellationTokenSource(StopPatience);
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<bool> TryAsync(Uri path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        try
        {
            using var response = await Client.SendAsync(request);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false; // nobody listens yet
        }
    }

    /// <summary>Sends it a signal, if it still runs.</summary>
    public async Task SignalAsync(string name)
    {
        if (_process.HasExited)
            return;
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id} 2>/dev/null"]);
        await kill.WaitForExitAsync();
    }
}
