namespace Gateway.Tests;

/// <summary>
/// nginx, HAProxy, Caddy, Node and Kestrel behind the gateway. Each reads paths its own way; where a server has something
/// that makes it read more into one, it is on.
/// </summary>
public static class RealServers
{
    /// <summary>Their names.</summary>
    public static readonly string[] Names = ["nginx", "HAProxy", "Caddy", "Node", "Kestrel"];

    /// <summary>Starts one.</summary>
    public static Task<RealServer> StartAsync(string name) =>
        name switch
        {
            "nginx" => ServerProcess.StartAsync(name, "nginx", "-p {folder} -c {file} -e stderr", Nginx),
            "HAProxy" => ServerProcess.StartAsync(name, "haproxy", "-db -f {file}", HaProxy),
            "Caddy" => ServerProcess.StartAsync(name, "caddy", "run --adapter caddyfile --config {file}", Caddy),
            "Node" => ServerProcess.StartAsync(name, "node", "{root}/tests/Hostile/Servers/upstream.mjs", (_, _) => ""),
            _ => KestrelServer.StartAsync(),
        };

    // $uri is decoded, its dots are resolved and its slashes merged.
    private static string Nginx(string folder, int port) =>
        $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            events { worker_connections 256; }
            http {
              {{Fronts.Temporary}}
              log_format resource 'RESOURCE $resource KEY "$http_x_gateway_key_id"';
              access_log /dev/stdout resource;
              map $uri $resource {
                default other;
                ~*^/public(/|$) public;
                ~*^/v1/read(/|$) read;
                ~*^/v1/admin(/|$) admin;
                "~*^/v1/wallets/(?<wallet>[^/]+)" wallet:$wallet;
              }
              server {
                listen 127.0.0.1:{{port}};
                client_max_body_size 10m;
                location / {
                  add_header X-Resource $resource always;
                  return 200 "$resource\n";
                }
              }
            }
            """;

    // Who answers before a body has come ends the connection, and the gateway may learn of that before it has the answer.
    private static string HaProxy(string folder, int port) =>
        $$"""
            global
              log stdout format raw local0 info
              expose-experimental-directives
              tune.bufsize 262144
            defaults
              mode http
              log global
              timeout client 30s
              timeout server 30s
              timeout connect 5s
              timeout http-request 5s
            frontend upstream
              bind 127.0.0.1:{{port}}
              log-format "RESOURCE %[var(txn.resource)] KEY %[var(txn.key)]"
              http-request wait-for-body time 500ms
              http-request set-var(txn.key) req.hdr(X-Gateway-Key-Id)
              http-request normalize-uri path-merge-slashes
              http-request normalize-uri percent-decode-unreserved
              http-request normalize-uri path-strip-dot
              http-request normalize-uri path-strip-dotdot full
              http-request set-var(txn.path) path,url_dec,lower
              http-request set-var(txn.wallet) var(txn.path),field(4,/)
              http-request set-var(txn.resource) str(other)
              http-request set-var(txn.resource) str(public) if { var(txn.path) -m reg ^/public(/|$) }
              http-request set-var(txn.resource) str(read) if { var(txn.path) -m reg ^/v1/read(/|$) }
              http-request set-var(txn.resource) str(admin) if { var(txn.path) -m reg ^/v1/admin(/|$) }
              http-request set-var(txn.resource) str(wallet:),concat(,txn.wallet) if { var(txn.path) -m beg /v1/wallets/ }
              http-request return status 200 content-type text/plain hdr X-Resource %[var(txn.resource)] lf-string %[var(txn.resource)]

            """;

    private static string Caddy(string folder, int port) =>
        $$"""
            {
              admin off
              auto_https off
            }
            http://127.0.0.1:{{port}} {
              log {
                output stdout
                format json
              }
              @public path /public /public/*
              @read path /v1/read /v1/read/*
              @admin path /v1/admin /v1/admin/*
              @wallet path_regexp wallet ^/v1/wallets/([^/]+)
              handle @public {
                header X-Resource public
                respond public
              }
              handle @read {
                header X-Resource read
                respond read
              }
              handle @admin {
                header X-Resource admin
                respond admin
              }
              handle @wallet {
                header X-Resource wallet:{re.wallet.1}
                respond wallet:{re.wallet.1}
              }
              handle {
                header X-Resource other
                respond other
              }
            }

            """;
}
