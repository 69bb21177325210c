using System.Collections.Frozen;

namespace Gateway;

/// <summary>
/// Names of headers that only the gateway may state to an upstream. They are folded: lower case, and everything that
/// is not a letter or a digit read as <c>-</c>, because CGI, WSGI, PHP and others make the same variable of
/// <c>X-Gateway-Key-Id</c>, <c>x_gateway_key_id</c> and <c>X.Gateway.Key.Id</c>.
/// </summary>
internal static class ReservedNames
{
    /// <summary>Longer folded names cannot be in <see cref="Exact"/>.</summary>
    public const int MaxExactLength = 40;

    /// <summary>Every name that begins with one of these.</summary>
    public static readonly string[] Prefixes =
    [
        // Ours.
        "x-gateway-",
        // Where a request came from and what it asked for before some proxy rewrote it: frameworks route by it.
        "x-forwarded-",
        "forwarded-",
        "x-original-",
        "x-rewrite-",
        "x-envoy-",
        "x-accel-",
        // Frameworks' notes to themselves; the first skips a framework's own authorization (CVE-2025-29927).
        "x-middleware-",
        "x-invoke-",
        // What other gateways and identity proxies say of who asks: an upstream that was once behind one may listen.
        "x-consumer-",
        "x-credential-",
        "x-authenticated-",
        "x-auth-request-",
        "x-remote-",
        "x-webauth-",
        "x-authentik-",
        "x-pomerium-",
        "x-vouch-",
        "x-amzn-oidc-",
        "x-goog-authenticated-user-",
        "x-goog-iap-",
        "x-ms-client-principal-",
        "cf-access-",
        "tailscale-user-",
        "remote-",
        // What a TLS terminator says of a client certificate.
        "x-ssl-client-",
        "ssl-client-",
        "x-client-cert-",
        "x-tls-client-",
    ];

    /// <summary>Folded names that are reserved as a whole.</summary>
    public static readonly FrozenSet<string> Exact = new[]
    {
        // The other spellings of the prefixes above, without anything behind them.
        "x-gateway",
        "x-forwarded",
        "forwarded",
        // A credential and a length that are nobody's but the gateway's and the server's to read.
        "x-api-key",
        "x-content-length",
        // Another method than the one that was judged.
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x-method",
        // Another path or host than the one that was judged.
        "x-request-uri",
        "x-request-url",
        "x-proxy-url",
        "x-override-url",
        "x-url",
        "x-path",
        "x-uri",
        "x-matched-path",
        "x-now-route-matches",
        "x-ms-original-url",
        "x-waws-unencoded-url",
        // What is taken off the path before an application sees it: CGI's words, which gunicorn reads from headers.
        "script-name",
        "path-info",
        "x-script-name",
        "x-host",
        "x-host-override",
        "x-http-host-override",
        "x-backend-host",
        "x-forward-for",
        "x-forward-proto",
        "x-forward-host",
        "request-uri",
        "base-url",
        "front-end-https",
        "x-url-scheme",
        "x-scheme",
        // Another client address than the one that was judged.
        "x-real-ip",
        "x-client-ip",
        "x-clientip",
        "x-cluster-client-ip",
        "x-true-client-ip",
        "true-client-ip",
        "client-ip",
        "x-ip",
        "x-source-ip",
        "x-originating-ip",
        "x-proxyuser-ip",
        "x-appengine-user-ip",
        "x-appengine-remote-addr",
        "x-azure-clientip",
        "x-azure-socketip",
        "x-nf-client-connection-ip",
        "x-vercel-forwarded-for",
        "x-sucuri-clientip",
        "cf-connecting-ip",
        "cf-connecting-ipv6",
        "cf-pseudo-ipv4",
        "fastly-client-ip",
        "fly-client-ip",
        "do-connecting-ip",
        "incap-client-ip",
        "cdn-src-ip",
        "cdn-real-ip",
        "ali-cdn-real-ip",
        "proxy-client-ip",
        "wl-proxy-client-ip",
        "http-client-ip",
        "http-x-forwarded-for",
        // Somebody else as the one who asks, or more than he may.
        "x-anonymous-consumer",
        "x-user",
        "x-user-id",
        "x-user-name",
        "x-user-email",
        "x-user-role",
        "x-user-roles",
        "x-user-group",
        "x-user-groups",
        "x-user-scope",
        "x-user-scopes",
        "x-user-permissions",
        "x-userid",
        "x-auth-user",
        "x-auth-username",
        "x-auth-email",
        "x-auth-roles",
        "x-auth-groups",
        "x-jwt-assertion",
        "x-endpoint-api-userinfo",
        "x-apigateway-api-userinfo",
        "x-username",
        "x-userinfo",
        "x-email",
        "x-account-id",
        "x-tenant-id",
        "x-principal",
        "x-subject",
        "x-role",
        "x-roles",
        "x-group",
        "x-groups",
        "x-scope",
        "x-scopes",
        "x-permissions",
        "x-identity",
        "x-ms-client-principal",
        "x-client-cert",
        "x-client-verify",
        "x-client-dn",
        "x-arr-clientcert",
        "client-cert",
        "client-cert-chain",
        // CGI makes HTTP_PROXY of it, which HTTP clients take for their proxy (CVE-2016-5385).
        "proxy",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Standard names whose odd spellings (<c>Content_Length</c>, <c>Transfer.Encoding</c>) are reserved, while
    /// the names themselves are judged elsewhere.</summary>
    public static readonly FrozenSet<string> Standard = new[]
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "host",
        "connection",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "expect",
        "upgrade",
    }.ToFrozenSet(StringComparer.Ordinal);
}
