using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>A server that is a program of its own, with its settings in a folder that goes with it.</summary>
public sealed partial record ServerProcess : RealServer
{
    private readonly string _folder;
    private readonly RunningProcess _process;

    private ServerProcess(string name, int port, string folder, RunningProcess process)
        : base(name, port) => (_folder, _process) = (folder, process);

    /// <inheritdoc/>
    public override IEnumerable<(string Resource, string KeyId)> Resolved =>
        Line().Matches(_process.Output).Select(m => (m.Groups["resource"].Value, m.Groups["key"].Value.Trim('-')));

    /// <summary>Starts one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="program">What to run.</param>
    /// <param name="arguments">With what; <c>{file}</c> is where its settings are, <c>{folder}</c> a folder of its own and
    /// <c>{root}</c> the repository.</param>
    /// <param name="settings">Its settings, for a folder and a port.</param>
    public static Task<RealServer> StartAsync(
        string name,
        string program,
        string arguments,
        Func<string, int, string> settings
    )
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        var port = RunningProcess.FreePort();
        var file = Path.Combine(folder, "settings");
        File.WriteAllText(file, settings(folder, port));
        var process = RunningProcess.Run(
            program,
            arguments
                .Split(' ')
                .Select(a => a.Replace("{file}", file).Replace("{folder}", folder).Replace("{root}", Repository.Root)),
            new() { ["HOME"] = folder, ["PORT"] = $"{port}" }
        );
        return new ServerProcess(name, port, folder, process).ListeningAsync(() => process.Output);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // The second and third are Caddy's log, which is JSON: with a key, and without.
    [GeneratedRegex(
        """
            RESOURCE\ (?<resource>\S+)\ KEY\ "?(?<key>[^"\s]*)
            | "X-Gateway-Key-Id":\["(?<key>[^"]*)".*"X-Resource":\["(?<resource>[^"]+)"
            | ^(?!.*"X-Gateway-Key-Id").*"X-Resource":\["(?<resource>[^"]+)"
            """,
        RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex Line();
}
