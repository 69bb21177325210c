using System.Diagnostics;

namespace Gateway.Load;

/// <summary>
/// HAProxy before the gateways. It asks <c>/readyz</c> four times a second and repeats nothing: a request that reaches a
/// gateway that is gone fails.
/// </summary>
internal sealed class RollingFront : IAsyncDisposable
{
    private readonly Process _process;

    private RollingFront(Process process, Uri url) => (_process, Url) = (process, url);

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Starts it.</summary>
    /// <param name="gateways">Where they listen, and where their <c>/readyz</c> is.</param>
    /// <param name="folder">For its settings.</param>
    public static async Task<RollingFront> StartAsync(IEnumerable<(Uri Url, Uri Ops)> gateways, string folder)
    {
        var port = Ports.Free();
        var file = Path.Combine(folder, "haproxy.cfg");
        var servers = gateways.Select((g, i) => $"  server edge-{i + 1} {g.Url.Authority} check port {g.Ops.Port}");
        await File.WriteAllTextAsync(
            file,
            $"""
            defaults
              mode http
              timeout client 10m
              timeout server 10m
              timeout connect 2s
              retries 0
            frontend front
              bind 127.0.0.1:{port}
              default_backend gateways
            backend gateways
              balance roundrobin
              option httpchk GET /readyz
              default-server inter 250 fall 1 rise 2
            {string.Join('\n', servers)}

            """
        );
        var process = Process.Start(new ProcessStartInfo("haproxy", ["-q", "-db", "-f", file]))!;
        return new RollingFront(process, new Uri($"http://127.0.0.1:{port}/"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
