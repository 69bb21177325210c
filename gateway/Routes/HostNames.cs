using System.Globalization;
using System.Net;

namespace Gateway;

/// <summary>Hosts as routes name them: <c>api.example.com</c>, <c>*.example.com</c>, each with or without a port.</summary>
internal static class HostNames
{
    /// <summary>Whether some host matches both lists.</summary>
    public static bool Overlap(IReadOnlyList<string> a, IReadOnlyList<string> b) =>
        a.Any(x => b.Any(y => Overlap(x, y)));

    /// <summary>Whether routing can match it; it takes any text and then compares it to the letter.</summary>
    public static bool IsHost(string host)
    {
        var (name, port) = Split(host);
        if (port != "*" && !(ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return false;
        if (name == "*" || IPAddress.TryParse(name, out _))
            return true;
        var labels = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
        return labels.Split('.').All(l => l.Length > 0 && l.All(c => c == '-' || c == '_' || char.IsLetterOrDigit(c)));
    }

    private static bool Overlap(string a, string b)
    {
        var (nameA, portA) = Split(a);
        var (nameB, portB) = Split(b);
        return (portA == "*" || portB == "*" || portA == portB) && (Takes(nameA, nameB) || Takes(nameB, nameA));
    }

    private static bool Takes(string pattern, string name)
    {
        if (pattern == "*" || pattern.Equals(name, StringComparison.OrdinalIgnoreCase))
            return true;
        return pattern.StartsWith("*.", StringComparison.Ordinal)
            && name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase);
    }

    private static (string Name, string Port) Split(string host)
    {
        var colon = host.LastIndexOf(':');
        // A colon inside brackets belongs to an IPv6 address.
        return colon < 0 || host.EndsWith(']') ? (host, "*") : (host[..colon], host[(colon + 1)..]);
    }
}
