namespace Gateway;

/// <summary>The commands of the executable; without one it serves.</summary>
public static class Commands
{
    /// <summary>Starts the command that the first argument names.</summary>
    /// <returns>Its exit code; null when there is none and the process is to serve.</returns>
    public static Task<int>? TryRun(string[] args)
    {
        Task<int>? none = null;
        return args is ["healthcheck", ..] ? HealthCheck.RunAsync(args) : none;
    }
}
