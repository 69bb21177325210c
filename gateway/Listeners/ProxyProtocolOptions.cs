using Gateway.Keys;

namespace Gateway;

/// <summary>Settings under <c>Gateway:ProxyProtocol</c>.</summary>
public sealed class ProxyProtocolOptions
{
    /// <summary>Names under <c>Kestrel:Endpoints</c> of the listeners whose connections all begin with a header, version 1
    /// or 2. None unless stated.</summary>
    public List<string> Endpoints { get; set; } = [];

    /// <summary>CIDRs of the peers that may send one; <c>Gateway:TrustedProxies</c> when empty. State them where the proxy
    /// that sends the header is not one that writes <c>X-Forwarded-For</c>.</summary>
    public List<string> TrustedPeers { get; set; } = [];

    /// <summary>Whether a listener takes it.</summary>
    internal bool Takes(string endpoint) => Endpoints.Contains(endpoint, StringComparer.OrdinalIgnoreCase);

    /// <summary>Who may send a header.</summary>
    /// <param name="configuration">The root: where listeners are.</param>
    /// <param name="trustedProxies"><c>Gateway:TrustedProxies</c>.</param>
    /// <param name="problems">Gets one line for each problem.</param>
    internal IpRanges Read(IConfiguration configuration, IReadOnlyList<string> trustedProxies, List<string> problems)
    {
        const string at = "Gateway:ProxyProtocol";
        foreach (var name in Endpoints)
        {
            var endpoint = configuration.GetSection($"Kestrel:Endpoints:{name}");
            if (!endpoint.Exists())
                problems.Add($"{at}:Endpoints: '{name}' is not one of Kestrel:Endpoints.");
            // It would come by UDP, past what is looked at here.
            if ((endpoint["Protocols"] ?? "").Contains("Http3", StringComparison.OrdinalIgnoreCase))
                problems.Add($"{at}:Endpoints: '{name}' has HTTP/3, which has no PROXY protocol.");
        }
        var isOwn = TrustedPeers.Count > 0;
        if (Endpoints.Count > 0 && !isOwn && trustedProxies.Count == 0)
            problems.Add($"{at}:TrustedPeers: state who may send a header; nobody is trusted otherwise.");
        List<string> unreadable = [];
        var ranges = IpRanges.Parse(isOwn ? TrustedPeers : trustedProxies, unreadable);
        if (isOwn)
            problems.AddRange(unreadable.Select(p => $"{at}:TrustedPeers: {p}"));
        return ranges;
    }
}
