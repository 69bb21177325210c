using System.Net;

namespace Gateway.Tests;

/// <summary>nginx and HAProxy in front of the gateway, as people deploy them: they pass the host and the address of their
/// client on, and reach the gateway from an address of their own, which it trusts.</summary>
public static class Fronts
{
    /// <summary>What the gateway trusts.</summary>
    public const string Address = "127.0.0.2";

    private const string Proxied = "HAProxy with PROXY";

    /// <summary>Folders of nginx that are not the system's.</summary>
    public const string Temporary =
        "client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; "
        + "scgi_temp_path scgi;";

    /// <summary>Their names.</summary>
    public static readonly string[] Names = ["nginx", "HAProxy", Proxied];

    /// <summary>Starts one.</summary>
    /// <param name="name">Which.</param>
    /// <param name="gateway">What it stands in front of.</param>
    public static Task<RealServer> StartAsync(string name, AttackGateway gateway) =>
        name switch
        {
            "nginx" => ServerProcess.StartAsync(
                name,
                "nginx",
                "-p {folder} -c {file} -e stderr",
                (_, port) => Nginx(port, gateway.Http1)
            ),
            "HAProxy" => HaProxyAsync(
                name,
                port => HaProxy(port, $"{gateway.Http1} source {Address}", "option forwardfor")
            ),
            // It says in a header of the connection who its client is, and nothing in the request.
            _ => HaProxyAsync(name, port => HaProxy(port, $"{gateway.Proxied} send-proxy-v2", "")),
        };

    private static Task<RealServer> HaProxyAsync(string name, Func<int, string> settings) =>
        ServerProcess.StartAsync(name, "haproxy", "-db -f {file}", (_, port) => settings(port));

    private static string Nginx(int port, IPEndPoint gateway) =>
        $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            events { worker_connections 256; }
            http {
              {{Temporary}}
              access_log off;
              map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
              upstream gateway { server {{gateway}}; keepalive 16; }
              server {
                listen 127.0.0.1:{{port}};
                client_max_body_size 10m;
                underscores_in_headers on;
                ignore_invalid_headers off;
                location / {
                  proxy_pass http://gateway;
                  proxy_bind {{Address}};
                  proxy_http_version 1.1;
                  proxy_set_header Host $http_host;
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                  proxy_set_header X-Forwarded-Proto $scheme;
                  proxy_set_header X-Forwarded-Host $http_host;
                  proxy_set_header Upgrade $http_upgrade;
                  proxy_set_header Connection $connection_upgrade;
                }
              }
            }
            """;

    private static string HaProxy(int port, string gateway, string option) =>
        $$"""
            global
              log stdout format raw local0 info
            defaults
              mode http
              {{option}}
              timeout client 30s
              timeout server 30s
              timeout connect 5s
              timeout http-request 5s
            frontend front
              bind 127.0.0.1:{{port}}
              option accept-invalid-http-request
              http-request set-header X-Forwarded-Proto http
              http-request set-header X-Forwarded-Host %[req.hdr(Host)]
              default_backend gateway
            backend gateway
              http-reuse always
              server one {{gateway}}

            """;
}
