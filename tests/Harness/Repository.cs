using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>The repository the tests were built from.</summary>
public static class Repository
{
    /// <summary>Its top folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs one of its scripts.</summary>
    /// <returns>What it printed to standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var (exitCode, output, error) = await TryRunAsync(script, arguments);
        return exitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{script} {arguments.FirstOrDefault()} failed:\n{output}\n{error}");
    }

    /// <summary>Runs one of its scripts and tells how it ended.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> TryRunAsync(
        string script,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(Path.Combine(Root, script), arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Gateway.sln was not found.");
        return folder;
    }
}
