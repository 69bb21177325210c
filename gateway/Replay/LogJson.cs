using System.Globalization;
using System.Text.Json;

namespace Gateway;

/// <summary>
/// A JSON object a line, with the names that nginx, Caddy, Envoy, Traefik and Google's load balancer use; case does not
/// matter, and an object <c>request</c> or <c>httpRequest</c> is looked into too.
/// <code>
///   request line   request, request_line                          when it is a text; else
///   method         method, request_method, requestMethod
///   target         request_uri, uri, path, request_path           and query, args, query_string unless it has one
///                  url, requestUrl                                 whole addresses, of which path and query are taken
///   protocol       protocol, proto, server_protocol, request_protocol
///   host           host, http_host, authority, request_host
///   status         status, status_code, response_code, downstreamStatus
/// </code>
/// A log should have the target as it came: nginx's <c>$uri</c> is decoded, its <c>$request_uri</c> and
/// <c>$request</c> are not.
/// </summary>
internal static class LogJson
{
    private static readonly string[] Inner = ["request", "httpRequest"];
    private static readonly string[] Lines = ["request", "request_line"];
    private static readonly string[] Methods = ["method", "request_method", "requestMethod"];
    private static readonly string[] Targets = ["request_uri", "uri", "path", "request_path", "requestPath"];
    private static readonly string[] Queries = ["query", "args", "query_string"];
    private static readonly string[] Addresses = ["url", "requestUrl"];

    private static readonly string[] Protocols =
    [
        "protocol",
        "proto",
        "server_protocol",
        "request_protocol",
        "requestProtocol",
    ];

    private static readonly string[] Hosts = ["host", "http_host", "authority", "request_host", "requestHost"];
    private static readonly string[] Statuses = ["status", "status_code", "response_code", "downstreamStatus"];

    /// <summary>Reads a line.</summary>
    public static LoggedRequest Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var fields = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
            AddFields(document.RootElement, fields);
            foreach (var name in Inner)
            {
                if (fields.TryGetValue(name, out var inner) && inner.ValueKind == JsonValueKind.Object)
                    AddFields(inner, fields);
            }
            return Read(fields);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new(LogLineKind.Unreadable);
        }
    }

    private static LoggedRequest Read(Dictionary<string, JsonElement> fields)
    {
        var status = int.TryParse(Text(fields, Statuses), CultureInfo.InvariantCulture, out var number)
            ? number
            : (int?)null;
        var host = Text(fields, Hosts);
        if (Text(fields, Lines) is { } line)
            return LoggedRequest.OfLine(line, host, status);
        var target = Target(fields, ref host);
        return Text(fields, Methods) is { Length: > 0 } method && target is { Length: > 0 }
            ? new(LogLineKind.Request, method, target, LoggedRequest.Normal(Text(fields, Protocols)), host, status)
            : new(LogLineKind.Unreadable);
    }

    private static string? Target(Dictionary<string, JsonElement> fields, ref string? host)
    {
        if (Text(fields, Targets) is { } target)
        {
            var query = Text(fields, Queries)?.TrimStart('?');
            return query is { Length: > 0 } && !target.Contains('?', StringComparison.Ordinal)
                ? $"{target}?{query}"
                : target;
        }
        if (Text(fields, Addresses) is not { } address)
            return null;
        var authority = address.IndexOf("://", StringComparison.Ordinal);
        if (authority < 0)
            return address;
        var path = address.IndexOfAny(['/', '?'], authority + 3);
        host ??= address[(authority + 3)..(path < 0 ? address.Length : path)];
        return path < 0 ? "/" : address[path..];
    }

    private static void AddFields(JsonElement element, Dictionary<string, JsonElement> fields)
    {
        foreach (var field in element.EnumerateObject())
        {
            // What an inner object says of the request is nearer to it than what stands outside.
            fields[field.Name] = field.Value;
        }
    }

    // Anything but a text or a number is not there; so is a dash, which is how logs say so.
    private static string? Text(Dictionary<string, JsonElement> fields, string[] names)
    {
        foreach (var name in names)
        {
            if (!fields.TryGetValue(name, out var value))
                continue;
            if (value.ValueKind == JsonValueKind.Number)
                return value.GetRawText();
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text is not ("" or "-"))
                return text;
        }
        return null;
    }
}
