using System.Globalization;

namespace Gateway.Load;

/// <summary>The settings of the upstream and of the proxies that are not ours. Each does what the gateway does for the
/// same request: bearer key → SHA-256 → look-up among all keys → address range → permission → credential taken off, key
/// named to the upstream.</summary>
internal static class Peers
{
    private const string NginxHead = """
        daemon off;
        worker_processes 1;
        worker_rlimit_nofile 8192;
        events { worker_connections 4096; }
        """;

    /// <summary>What every nginx is told of its connections.</summary>
    public const string NginxCommon = """
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 10m;
        """;

    /// <summary>What answers: some hundred bytes of JSON, as quickly as nginx can.</summary>
    public static Target Upstream(string folder, int port) =>
        Nginx(
            "upstream",
            folder,
            port,
            $$"""
            {{NginxHead}}
            pid upstream.pid;
            http {
            {{NginxCommon}}
              {{Temporary("upstream")}}
              server {
                listen 127.0.0.1:{{port}} backlog=1024;
                default_type application/json;
                location / { return 200 '{"items":[{"id":"tok_1","symbol":"ABC","decimals":6},{"id":"tok_2","symbol":"XYZ","decimals":9}],"next":null}'; }
              }
            }
            """
        );

    /// <summary>nginx without a check.</summary>
    public static Target Nginx(string folder, int port, int upstream) =>
        Nginx("nginx", folder, port, NginxProxy("nginx", port, upstream, "", "", ""));

    /// <summary>nginx with the checks in Lua.</summary>
    public static Target NginxLua(string folder, int port, int upstream) =>
        Nginx(
            "nginx + Lua",
            folder,
            port,
            NginxProxy(
                "nginx-lua",
                port,
                upstream,
                """
                load_module /usr/lib/nginx/modules/ndk_http_module.so;
                load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
                """,
                $$"""
                  lua_shared_dict records 64m;
                  init_by_lua_block {
                    local ffi = require "ffi"
                    ffi.cdef "unsigned char *SHA256(const unsigned char *data, size_t count, unsigned char *hash);"
                    local openssl = ffi.load "crypto"
                    local hash = ffi.new "unsigned char[32]"
                    function hash_of(text)
                      openssl.SHA256(text, #text, hash)
                      return ffi.string(hash, 32)
                    end
                    for line in io.lines "{{Path.Combine(folder, "keys.map")}}" do
                      local hex, id = line:match "^(%x+) (%S+)$"
                      local raw = hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
                      ngx.shared.records:set(raw, id .. " {{CompareStore.Permission}}")
                    end
                  }
                """,
                $$"""
                      access_by_lua_block {
                        local sent = ngx.var.http_authorization
                        if not sent or sent:sub(1, 7) ~= "Bearer " then return ngx.exit(401) end
                        local record = ngx.shared.records:get(hash_of(sent:sub(8)))
                        if not record then return ngx.exit(401) end
                        if ngx.var.binary_remote_addr:byte(1) ~= 127 then return ngx.exit(403) end
                        local id, granted = record:match "^(%S+) (%S+)$"
                        if granted ~= "{{CompareStore.Permission}}" then return ngx.exit(403) end
                        ngx.req.clear_header "Authorization"
                        ngx.req.set_header("X-Gateway-Key-Id", id)
                      }
                """
            )
        );

    /// <summary>HAProxy with the checks in its own language.</summary>
    public static Target HaProxy(string folder, int port, int upstream)
    {
        var file = Write(
            folder,
            "haproxy.cfg",
            $$"""
            global
              nbthread 1
              maxconn 4000
            defaults
              mode http
              timeout client 10m
              timeout server 10m
              timeout connect 2s
              http-reuse always
            frontend checked
              bind 127.0.0.1:{{port}}
              http-request set-var(txn.key) req.hdr(Authorization),word(2,' '),sha2(256),hex,map_str({{Path.Combine(
                folder,
                "keys.map"
            )}})
              http-request deny deny_status 401 unless { var(txn.key) -m found }
              http-request deny deny_status 403 unless { src {{CompareStore.Range}} }
              http-request del-header Authorization
              http-request set-header X-Gateway-Key-Id %[var(txn.key)]
              default_backend upstream
            backend upstream
              server one 127.0.0.1:{{upstream}} pool-max-conn 256

            """
        );
        return new Target("HAProxy + map", "haproxy", ["-db", "-f", file], port);
    }

    /// <summary>Caddy without a check.</summary>
    public static Target Caddy(string folder, int port, int upstream)
    {
        var file = Write(
            folder,
            "Caddyfile",
            $$"""
            {
              admin off
              auto_https off
            }
            http://127.0.0.1:{{port}} {
              reverse_proxy 127.0.0.1:{{upstream}}
            }

            """
        );
        return new Target("Caddy, no check", "caddy", ["run", "--adapter", "caddyfile", "--config", file], port);
    }

    private static string NginxProxy(string name, int port, int upstream, string head, string http, string location) =>
        $$"""
            {{head}}
            {{NginxHead}}
            pid {{name}}.pid;
            http {
            {{NginxCommon}}
              {{Temporary(name)}}
            {{http}}
              upstream up {
                server 127.0.0.1:{{upstream}};
                keepalive 256;
                keepalive_requests 1000000000;
                keepalive_timeout 10m;
              }
              server {
                listen 127.0.0.1:{{port}} backlog=1024;
                location / {
            {{location}}
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_pass http://up;
                }
              }
            }
            """;

    /// <summary>Where an nginx of this name may leave bodies: Debian's defaults are folders that only root may write to.</summary>
    public static string Temporary(string name) =>
        string.Join(
            ' ',
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(t => $"{t}_temp_path {name}-{t};")
        );

    /// <summary>nginx with these settings.</summary>
    public static Target Nginx(string name, string folder, int port, string settings)
    {
        var file = Write(folder, string.Create(CultureInfo.InvariantCulture, $"nginx-{port}.conf"), settings);
        return new Target(
            name,
            "nginx",
            ["-p", folder, "-c", file, "-e", Path.Combine(folder, $"nginx-{port}.err")],
            port
        );
    }

    private static string Write(string folder, string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
