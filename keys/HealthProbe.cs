namespace Gateway.Keys;

/// <summary>
/// The command <c>healthcheck</c> of both executables: asks the process on this machine for <c>/healthz</c>, for
/// containers whose image has neither shell nor curl.
/// </summary>
public static class HealthProbe
{
    // Below the 3 s that the image's HEALTHCHECK allows, so that the reason is still said.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Asks.</summary>
    /// <param name="listenUrl">The address the process was told to listen on, such as <c>http://0.0.0.0:8081</c>.</param>
    /// <param name="errors">Gets why it is not healthy.</param>
    /// <returns>The exit code: 0 when it answered 200, else 1.</returns>
    public static async Task<int> RunAsync(string listenUrl, TextWriter errors)
    {
        // It talks to itself and sends nothing that is secret; its certificate names another host than loopback.
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var client = new HttpClient(handler) { Timeout = Timeout };
        try
        {
            using var response = await client.GetAsync(new Uri(Reachable(listenUrl), "/healthz"));
            if (response.IsSuccessStatusCode)
                return 0;
            await errors.WriteLineAsync($"/healthz answers {(int)response.StatusCode}");
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException or UriFormatException or NotSupportedException)
        {
            await errors.WriteLineAsync($"/healthz: {e.Message}");
        }
        return 1;
    }

    /// <summary>An address to connect to, of one to listen on: "every address" becomes loopback.</summary>
    /// <exception cref="UriFormatException">It is no address.</exception>
    public static Uri Reachable(string listenUrl) =>
        new(
            listenUrl
                .Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
                .Replace("://+", "://127.0.0.1", StringComparison.Ordinal)
                .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal)
                .Replace("://[::]", "://[::1]", StringComparison.Ordinal)
        );
}
