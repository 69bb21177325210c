using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary><c>make run</c>, as a stranger runs it: up, a curl that works, and nothing left after SIGTERM.</summary>
public sealed partial class RunScriptTests
{
    // It builds first. Of what was built already that is a matter of seconds; from nothing, on two busy cores, of minutes.
    private static readonly TimeSpan UpWithin = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan GoneWithin = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task PrintedCurls_Work_AndSigtermLeavesNothingBehind()
    {
        var data = Directory.CreateTempSubdirectory("gateway-run-").FullName;
        string[] settings = ["GATEWAY_PORT", "ADMIN_PORT", "BACKEND_PORT", "OPS_PORT"];
        var ports = settings.ToDictionary(s => s, string? (_) => $"{RunningProcess.FreePort()}");
        await using var run = RunningProcess.Run(
            Path.Combine(Repository.Root, "ops", "run.sh"),
            [],
            new(ports) { ["DATA_DIR"] = data }
        );
        await Eventually.TrueAsync(
            () => run.HasExited || run.Output.Contains("Ctrl-C stops", StringComparison.Ordinal),
            UpWithin
        );
        Assert.False(run.HasExited, run.Output);

        using var client = new HttpClient();
        var curl = Read().Match(run.Output);
        var (key, backend) = (curl.Groups["key"].Value, new Uri(curl.Groups["url"].Value));
        Assert.Equal(200, (await client.CallAsync(HttpMethod.Get, backend.ToString(), null, key)).Status);
        var another = Write().Match(run.Output);
        var made = await client.CallAsync(
            HttpMethod.Post,
            another.Groups["url"].Value,
            another.Groups["body"].Value,
            another.Groups["key"].Value
        );
        Assert.Equal("201 api_developer", $"{made.Status} {made.Key["role"]}");
        Assert.Equal(
            200,
            (await client.CallAsync(HttpMethod.Get, backend.ToString(), null, (string)made.Key["key"]!)).Status
        );

        var started = Descendants(run.Id);
        Assert.True(started.Count >= 3, string.Join(' ', started));
        var stopping = Stopwatch.StartNew();
        run.Signal(RunningProcess.Terminate);
        Assert.Equal(0, await run.ExitAsync(GoneWithin));
        Assert.DoesNotContain(started, pid => Directory.Exists($"/proc/{pid}"));
        foreach (var port in ports.Values)
            await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(int.Parse(port!)));
        Assert.True(stopping.Elapsed < GoneWithin);
        Directory.Delete(data, recursive: true);
    }

    // Every process below one, by the parent that /proc/PID/stat names after the command in parentheses.
    private static List<int> Descendants(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var pid) && ParentOf(pid) is { } parent)
                parents[pid] = parent;
        var found = new List<int> { root };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents.Where(p => p.Value == found[i]).Select(p => p.Key));
        return found[1..];
    }

    private static int? ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task ConnectAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
    }

    [GeneratedRegex("""curl -H "Authorization: Bearer (?<key>sk_test_\w+)" (?<url>http://\S+)""")]
    private static partial Regex Read();

    [GeneratedRegex(
        """curl -X POST (?<url>http://\S+) -H "Authorization: Bearer (?<key>\S+)" \\\s+-H "Content-Type: application/json" \\\s+-d '(?<body>[^']+)'"""
    )]
    private static partial Regex Write();
}
