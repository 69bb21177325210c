using System.CommandLine;

namespace Gateway;

/// <summary>The commands of the executable; without one it serves.</summary>
public static class Commands
{
    private static readonly string[] Help = ["--help", "-h", "-?", "--version"];

    /// <summary>Starts the command that the first argument names. A word that is neither a command nor a setting
    /// (<c>--Name=value</c>, <c>/Name value</c>, <c>Name=value</c>) is an error rather than served past.</summary>
    /// <returns>Its exit code; null when there is none and the process is to serve.</returns>
    public static Task<int>? TryRun(string[] args)
    {
        Task<int>? none = null;
        if (args is ["healthcheck", .. var settings] && !settings.Any(Help.Contains))
            return HealthCheck.RunAsync(args);
        return args is [var first, ..] && (Help.Contains(first, StringComparer.Ordinal) || !IsSetting(first))
            ? Root().Parse(args).InvokeAsync()
            : none;
    }

    private static bool IsSetting(string argument) =>
        argument.StartsWith('-') || argument.StartsWith('/') || argument.Contains('=', StringComparison.Ordinal);

    private static RootCommand Root() =>
        new("The API key gateway. Without a command it serves; settings are given as --Section:Name=value.")
        {
            RouteCommands.Check(),
            RouteCommands.Routes(),
            ExplainCommand.Create(),
            ReplayCommand.Create(),
            new Command("healthcheck", "Ask the gateway on this machine whether it runs (for containers)."),
        };
}
