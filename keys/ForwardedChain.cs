using System.Net;

namespace Gateway.Keys;

/// <summary>Which header the trusted proxies write; the other one is not looked at.</summary>
public enum ForwardedHeader
{
    /// <summary><c>X-Forwarded-For</c>: addresses, separated by commas.</summary>
    XForwardedFor,

    /// <summary><c>Forwarded</c>, RFC 7239.</summary>
    Forwarded,
}

// Every proxy appends the address it was called from, so only the right end is known to be true:
//
//   X-Forwarded-For: 1.2.3.4,   198.51.100.7,   10.0.0.2        peer 10.0.0.1
//                    whatever    called the      trusted         trusted
//                    the client  first proxy:    proxy           proxy
//                    claimed     THE CLIENT
//
// 1. The peer is not trusted: it is the client, and the header is its own invention.
// 2. Hops are read from the right, over all lines of the header as one; trusted ones are skipped.
// 3. The first that is not trusted is the client. What stands left of it is never read.
// 4. All are trusted: the leftmost is the client. No hop at all: the peer is.
// A hop that is reached and cannot be read leaves no client: skipping it would take the word of whoever wrote what
// stands left of it.

/// <summary>Finds the address a request comes from.</summary>
public static class ForwardedChain
{
    // More proxies than anyone has in a row; bounds the work a request can ask for.
    private const int MaxHops = 32;

    /// <summary>Finds the client.</summary>
    /// <param name="peer">The other end of the TCP connection.</param>
    /// <param name="values">The lines of the configured header, in order; empty when it was not sent.</param>
    /// <param name="kind">Which header that is.</param>
    /// <param name="trusted">The proxies whose word is taken.</param>
    /// <param name="client">The client, an IPv4-mapped address as the IPv4 address; means nothing when the answer is
    /// false.</param>
    /// <returns>False when a hop was reached that cannot be read: refuse the request.</returns>
    public static bool TryResolve(
        IPAddress peer,
        IReadOnlyList<string?> values,
        ForwardedHeader kind,
        IpRanges trusted,
        out IPAddress client
    )
    {
        client = StrictAddress.Normalize(peer);
        if (!trusted.Contains(client) || IsBlank(values))
            return true;

        var hops = 0;
        for (var line = values.Count - 1; line >= 0; line--)
        {
            var rest = values[line].AsSpan();
            for (var more = true; more; )
            {
                more = ForwardedHop.TakeLast(ref rest, kind, out var hop);
                if (++hops > MaxHops || !ForwardedHop.TryRead(hop, kind, out var address))
                    return false;
                client = address!;
                if (!trusted.Contains(client))
                    return true;
            }
        }
        return true;
    }

    private static bool IsBlank(IReadOnlyList<string?> values)
    {
        for (var i = 0; i < values.Count; i++)
            if (!string.IsNullOrWhiteSpace(values[i]))
                return false;
        return true;
    }
}
