using System.Net;
using System.Net.Http.Headers;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Where a request comes from (SPEC 7), decided once: restrictions, logs and the upstream see the same address. By
/// default it is the TCP peer, and a client's own headers on the matter are worth nothing. A trusted proxy is believed
/// what it says in one header; the other one, whoever wrote it, is deleted.
/// </summary>
public sealed class ClientAddress
{
    private const string ForwardedForName = "X-Forwarded-For";
    private const string ForwardedName = "Forwarded";

    private readonly IpRanges _trusted;
    private readonly ForwardedHeader _header;

    private ClientAddress(IpRanges trusted, ForwardedHeader header) => (_trusted, _header) = (trusted, header);

    /// <summary>Rules that a test has taken out.</summary>
    internal EdgeRules Without { get; set; }

    /// <summary>Those whose word is taken; their connections are everybody's.</summary>
    internal IpRanges Trusted => _trusted;

    /// <summary>Reads the settings.</summary>
    /// <param name="trustedProxies">CIDRs of <c>Gateway:TrustedProxies</c>; empty believes nobody.</param>
    /// <param name="header"><c>X-Forwarded-For</c> or <c>Forwarded</c>.</param>
    /// <param name="problems">Gets one line for each problem; what is returned then believes less, never more.</param>
    public static ClientAddress Read(IReadOnlyList<string> trustedProxies, string header, ICollection<string> problems)
    {
        var isForwarded = header.Equals(ForwardedName, StringComparison.OrdinalIgnoreCase);
        if (!isForwarded && !header.Equals(ForwardedForName, StringComparison.OrdinalIgnoreCase))
            problems.Add($"Gateway:ClientAddressHeader: '{header}' is neither {ForwardedForName} nor {ForwardedName}.");
        List<string> unreadable = [];
        var ranges = IpRanges.Parse(trustedProxies, unreadable);
        foreach (var problem in unreadable)
            problems.Add($"Gateway:TrustedProxies: {problem}");
        return new ClientAddress(ranges, isForwarded ? ForwardedHeader.Forwarded : ForwardedHeader.XForwardedFor);
    }

    /// <summary>Finds the client. Call it before <see cref="ReservedHeaders.Strip(IHeaderDictionary)"/> takes away what it reads; what
    /// <see cref="Forward"/> needs later is remembered.</summary>
    /// <returns>False when a trusted proxy names a client that cannot be read, or the peer has no address: refuse the
    /// request (400), for any guess could be the one address that is allowed.</returns>
    public bool TryResolve(HttpContext context, out IPAddress client)
    {
        client = IPAddress.None;
        if (context.Connection.RemoteIpAddress is not { } peer)
            return false;
        client = Unmapped(peer);
        return !_trusted.Contains(client) || TryBelieve(context, client, out client);
    }

    /// <summary>Tells the upstream: one client, the scheme and the host it used.</summary>
    /// <remarks>The chain of proxies is not passed on. An upstream that reads it from the left, from the right or by
    /// counting then reads the same address as the gateway.</remarks>
    /// <param name="context">The client's request, from which <see cref="ReservedHeaders.Strip(IHeaderDictionary)"/> has taken what it said
    /// of this.</param>
    /// <param name="upstream">Headers of the request to the upstream.</param>
    public void Forward(HttpContext context, HttpRequestHeaders upstream)
    {
        // Where nobody is believed, nobody has told anything: asking for what is not there takes long.
        var told = _trusted.Count == 0 ? null : context.Features.Get<ToldByProxy>();
        var client = told?.Client ?? Unmapped(context.Connection.RemoteIpAddress!);
        upstream.TryAddWithoutValidation(ForwardedForName, client.ToString());
        upstream.TryAddWithoutValidation("X-Forwarded-Proto", told?.Scheme ?? context.Request.Scheme);
        if ((told?.Host ?? context.Request.Headers.Host.ToString()) is { Length: > 0 } host)
            upstream.TryAddWithoutValidation("X-Forwarded-Host", host);
    }

    /// <summary>The client that <see cref="TryResolve"/> has found.</summary>
    public static IPAddress Of(HttpContext context) =>
        context.Features.Get<ToldByProxy>()?.Client ?? UnmappedAddresses.Of(context.Connection.RemoteIpAddress!);

    private IPAddress Unmapped(IPAddress peer)
    {
        var client = UnmappedAddresses.Of(peer);
        return !ReferenceEquals(client, peer) && Without.Has(EdgeRules.Mapped) ? peer : client;
    }

    private bool TryBelieve(HttpContext context, IPAddress peer, out IPAddress client)
    {
        var headers = context.Request.Headers;
        var isForwarded = _header is ForwardedHeader.Forwarded;
        var values = headers[isForwarded ? ForwardedName : ForwardedForName];
        if (!ForwardedChain.TryResolve(peer, values, _header, _trusted, out client))
            return false;
        // X-Forwarded-Proto and -Host go with X-Forwarded-For. With Forwarded they would be second headers to believe.
        context.Features.Set(
            isForwarded
                ? new ToldByProxy(client, null, null)
                : new ToldByProxy(client, SchemeOf(headers["X-Forwarded-Proto"]), HostOf(headers["X-Forwarded-Host"]))
        );
        return true;
    }

    // One value of one proxy. A list would say what several saw, without saying who.
    private static string? SchemeOf(string? value) => value is "http" or "https" ? value : null;

    private static string? HostOf(string? value) =>
        value is { Length: > 0 and <= 255 }
        && Uri.CheckHostName(new HostString(value).Host) is not UriHostNameType.Unknown
            ? value
            : null;

    private sealed record ToldByProxy(IPAddress Client, string? Scheme, string? Host);
}
