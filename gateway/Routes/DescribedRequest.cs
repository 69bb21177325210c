using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>Makes a request of its description, as the server makes it of what it has read.</summary>
internal static class DescribedRequest
{
    /// <summary>A request without a body.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">The target as a client sends it, with the query if any.</param>
    /// <param name="protocol"><c>HTTP/1.1</c>, say.</param>
    /// <param name="host">The host; null for one that no route asks for.</param>
    /// <param name="from">Where it comes from.</param>
    public static DefaultHttpContext Make(string method, string target, string protocol, string? host, IPAddress from)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = from;
        var request = context.Request;
        (request.Protocol, request.Scheme, request.Method) = (protocol, "http", method);
        request.Host = new HostString(host ?? "localhost");
        // The target as it came, and what the server decodes of it.
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        request.Path = Uri.UnescapeDataString(question < 0 ? target : target[..question]) is ['/', ..] path
            ? new PathString(path)
            : PathString.Empty;
        request.QueryString = new QueryString(question < 0 ? "" : target[question..]);
        return context;
    }

    /// <summary>Adds a header, <c>Name: value</c>.</summary>
    public static void Add(HttpContext context, string header)
    {
        var parts = header.Split(':', 2);
        var (name, value) = (parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : "");
        if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            context.Request.Headers.Host = value;
        else
            context.Request.Headers.Append(name, value);
    }
}
