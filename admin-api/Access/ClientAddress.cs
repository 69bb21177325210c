using System.Net;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Where a call comes from.</summary>
public static class ClientAddress
{
    /// <summary>The peer, or whom trusted proxies name.</summary>
    /// <returns>False when what they say cannot be read.</returns>
    public static bool TryReadClient(this AdminServices admin, HttpContext http, out IPAddress client)
    {
        var kind = admin.Settings.Admin.ForwardedHeader;
        return ForwardedChain.TryResolve(
            http.Connection.RemoteIpAddress ?? IPAddress.None,
            http.Request.Headers[kind == ForwardedHeader.Forwarded ? "Forwarded" : "X-Forwarded-For"],
            kind,
            admin.Settings.TrustedProxies,
            out client
        );
    }
}
