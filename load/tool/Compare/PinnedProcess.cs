using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Gateway.Load;

/// <summary>A process on one processor, with what it and its children have used of it. Ended by its own id.</summary>
internal sealed class PinnedProcess : IAsyncDisposable
{
    private const int SigTerm = 15;

    // _SC_CLK_TCK: /proc counts in hundredths of a second on every Linux there is.
    private const double TicksPerSecond = 100;

    // As much of ".NET Tiered Compilation Worker" as Linux keeps of a thread's name.
    private const string CompilerThread = ".NET Tiered Com";

    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private PinnedProcess(Process process) => _process = process;

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="target">What.</param>
    /// <param name="processor">The only one it may run on.</param>
    /// <param name="folder">Where it runs and leaves its output.</param>
    public static async Task<PinnedProcess> StartAsync(Target target, int processor, string folder)
    {
        var log = Path.Combine(folder, target.Name.Replace(' ', '-') + ".log");
        // The shell goes away for what it starts: the id is the server's own.
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", "exec taskset -c \"$0\" \"$@\" >\"$LOG\" 2>&1", $"{processor}", target.Program, .. target.Arguments]
        )
        {
            WorkingDirectory = folder,
        };
        start.Environment["LOG"] = log;
        foreach (var (name, value) in target.Environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        var process = new PinnedProcess(Process.Start(start)!);
        try
        {
            await process.ListensAsync(target.Port);
            return process;
        }
        catch
        {
            await Console.Error.WriteLineAsync($"{target.Name} does not listen:\n{await File.ReadAllTextAsync(log)}");
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time used so far, seconds.</summary>
    public (double User, double System) Used()
    {
        var (user, system) = (0.0, 0.0);
        foreach (var id in Tree(_process.Id))
        {
            var used = Used($"/proc/{id}/stat");
            user += used.User;
            system += used.System;
        }
        return (user, system);
    }

    /// <summary>Of that, what each thread of .NET's compiler has used that is there now; it ends when it has nothing to
    /// do, and comes back as another.</summary>
    public Dictionary<string, double> Compilers() =>
        Directory
            .EnumerateDirectories($"/proc/{_process.Id}/task")
            .Where(thread => Read($"{thread}/comm")?.TrimEnd() == CompilerThread)
            .ToDictionary(thread => thread, thread => Sum(Used($"{thread}/stat")), StringComparer.Ordinal);

    /// <summary>Resident memory, MiB.</summary>
    public double Resident() =>
        Tree(_process.Id)
            .Select(id => Read($"/proc/{id}/status"))
            .Sum(s =>
                s?.Split('\n').FirstOrDefault(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)) is { } line
                    ? Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024
                    : 0
            );

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", [$"-{SigTerm}", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(EndsWithin);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task ListensAsync(int port)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException("It has ended.");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (started.Elapsed < StartsWithin)
            {
                await Task.Delay(50);
            }
        }
    }

    private static double Sum((double User, double System) used) => used.User + used.System;

    private static (double User, double System) Used(string file)
    {
        if (Read(file) is not { } stat)
            return default;
        // The name may hold spaces and brackets; after its last bracket the fields begin with the third.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) / TicksPerSecond, Number(fields[12]) / TicksPerSecond);
    }

    private static IEnumerable<int> Tree(int id) =>
        (Read($"/proc/{id}/task/{id}/children") ?? "")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .SelectMany(child => Tree((int)Number(child)))
            .Prepend(id);

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
