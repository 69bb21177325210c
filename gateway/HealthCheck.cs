namespace Gateway;

/// <summary><c>gateway healthcheck</c>: asks the process on this machine whether it runs, for containers without a
/// shell.</summary>
internal static class HealthCheck
{
    // Shorter than the interval of any orchestrator's probe.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>GETs <c>/healthz</c> at <c>Ops:Url</c>.</summary>
    /// <returns>0 when it answers 200, else 1.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine([.. args.Skip(1)])
            .Build();
        var url = new UriBuilder(configuration["Ops:Url"] ?? new OpsOptions().Url) { Path = "/healthz" };
        if (url.Host is "0.0.0.0" or "*" or "+" or "[::]")
            url.Host = "127.0.0.1";
        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var response = await client.GetAsync(url.Uri);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"{url.Uri}: {e.Message}");
            return 1;
        }
    }
}
