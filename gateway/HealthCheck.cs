using Gateway.Keys;

namespace Gateway;

/// <summary><c>gateway healthcheck</c>: asks the process on this machine whether it runs, for containers without a
/// shell.</summary>
internal static class HealthCheck
{
    /// <summary>GETs <c>/healthz</c> at <c>Ops:Url</c>.</summary>
    /// <returns>0 when it answers 200, else 1.</returns>
    public static Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine([.. args.Skip(1)])
            .Build();
        return HealthProbe.RunAsync(configuration["Ops:Url"] ?? new OpsOptions().Url, Console.Error);
    }
}
