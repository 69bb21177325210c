using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary><c>ops/run.sh</c> as a user has it running, on ports of its own.</summary>
internal sealed partial class RunningDemo : IAsyncDisposable
{
    // The first build of a clone is in it.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly string _data;
    private readonly Task<string> _errors;

    private RunningDemo(Process process, string data)
    {
        _process = process;
        _data = data;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>What it printed once it was up.</summary>
    public string Summary { get; private set; } = "";

    public string GatewayUrl => Printed("gateway");
    public string AccountId => Printed("account");
    public string Key => Printed("key");

    /// <summary>Starts it and waits for its summary.</summary>
    public static async Task<RunningDemo> StartAsync(string data)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "ops/run.sh"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            // Works from any directory.
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["DATA_DIR"] = data;
        foreach (var setting in new[] { "GATEWAY_PORT", "ADMIN_PORT", "BACKEND_PORT", "OPS_PORT" })
            start.Environment[setting] = $"{RunningProcess.FreePort()}";
        var demo = new RunningDemo(Process.Start(start)!, data);
        try
        {
            await demo.ReadSummaryAsync();
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a request with a key through the gateway.</summary>
    public async Task<HttpResponseMessage> GetAsync(string key)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, GatewayUrl + "/v1/tokens");
        request.Headers.Add("Authorization", $"Bearer {key}");
        return await client.SendAsync(request);
    }

    /// <summary>Signals a process: one of the three by name, or the script itself.</summary>
    public async Task SignalAsync(string signal, string? name = null)
    {
        var id = name is null ? _process.Id : Processes().Single(p => p.CommandLine.Contains($"/{name}.dll")).Id;
        using var kill = Process.Start("kill", [$"-{signal}", $"{id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code, what it said on standard error, and how long it took.</returns>
    public async Task<(int ExitCode, string Errors, TimeSpan Took)> EndAsync()
    {
        var watch = Stopwatch.StartNew();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        var took = watch.Elapsed;
        return (_process.ExitCode, await _errors, took);
    }

    /// <summary>Whatever was started with its data directory and still runs, the script itself included.</summary>
    public IReadOnlyList<(int Id, string CommandLine)> Processes() => ProcessTable.With($"DATA_DIR={_data}");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private async Task ReadSummaryAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout);
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            Summary += line + "\n";
            if (line.StartsWith("Ctrl-C", StringComparison.Ordinal))
                return;
        }
        Assert.Fail($"ops/run.sh ended:\n{Summary}\n{await _errors}");
    }

    private string Printed(string name) =>
        PrintedLine().Matches(Summary).Single(m => m.Groups["name"].Value == name).Groups["value"].Value;

    [GeneratedRegex(@"^  (?<name>[a-z]+(?: [A-Za-z]+)?)  +(?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex PrintedLine();
}
