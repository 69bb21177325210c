namespace Gateway.Load;

/// <summary>An upstream that costs little, whatever comes: nginx, which answers honest requests at once, waits for the bodies
/// of the others, and has a large answer.</summary>
internal static class AbusedUpstream
{
    private const int LargeBytes = 1 << 20;
    private const int Connections = 8_000;

    /// <summary>It.</summary>
    /// <param name="folder">Where its files are.</param>
    /// <param name="port">Where it listens.</param>
    public static Target In(string folder, int port)
    {
        File.WriteAllBytes(Path.Combine(folder, "large"), new byte[LargeBytes]);
        return Peers.Nginx(
            "upstream",
            folder,
            port,
            $$"""
            daemon off;
            worker_processes 1;
            worker_rlimit_nofile {{Connections * 2}};
            events { worker_connections {{Connections}}; }
            pid upstream.pid;
            http {
            {{Peers.NginxCommon}}
              {{Peers.Temporary("upstream")}}
              server {
                listen 127.0.0.1:{{port}} backlog=1024;
                location / { return 200 'ok'; }
                location = /open/large { alias {{Path.Combine(folder, "large")}}; }
                location = /open/x { proxy_pass http://127.0.0.1:{{port}}/; }
              }
            }
            """
        );
    }
}
