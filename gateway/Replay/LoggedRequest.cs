namespace Gateway;

/// <summary>What a line of an access log is.</summary>
internal enum LogLineKind
{
    /// <summary>A request.</summary>
    Request,

    /// <summary>A connection on which none was made (<c>"-"</c>).</summary>
    NoRequest,

    /// <summary>A request line that is none: the server refuses it before there is a request.</summary>
    NotHttp,

    /// <summary>No line of a known format.</summary>
    Unreadable,
}

/// <summary>What a line of an access log says of a request.</summary>
/// <param name="Kind">What it is; of anything but a request the rest is empty.</param>
/// <param name="Method">As logged.</param>
/// <param name="Target">As it came over the wire, as far as the log has it so.</param>
/// <param name="Protocol"><c>HTTP/1.1</c>, <c>HTTP/2</c>.</param>
/// <param name="Host">Null when the log has none.</param>
/// <param name="Status">What was answered then; null when the log does not say.</param>
internal readonly record struct LoggedRequest(
    LogLineKind Kind,
    string Method = "",
    string Target = "",
    string Protocol = "",
    string? Host = null,
    int? Status = null
)
{
    /// <summary>Reads a line of any format: JSON begins with a brace.</summary>
    public static LoggedRequest Read(ReadOnlyMemory<byte> line)
    {
        var text = line.Span.TrimStart(" \t"u8);
        return text is [(byte)'{', ..] ? LogJson.Read(line) : LogText.Read(text);
    }

    /// <summary>Takes a request line apart.</summary>
    /// <param name="line"><c>GET /x HTTP/1.1</c>.</param>
    /// <param name="host">Of another field.</param>
    /// <param name="status">Of another field.</param>
    public static LoggedRequest OfLine(string line, string? host, int? status)
    {
        if (line is "" or "-")
            return new(LogLineKind.NoRequest, Status: status);
        var words = line.Split(' ');
        return words is [{ Length: > 0 } method, { Length: > 0 } target, var protocol] && IsProtocol(protocol)
            ? new(LogLineKind.Request, method, target, Normal(protocol), host, status)
            : new(LogLineKind.NotHttp, Status: status);
    }

    /// <summary>A version as the server calls it; 1.1 where the log does not say.</summary>
    public static string Normal(string? protocol) =>
        protocol switch
        {
            "HTTP/1.0" or "1.0" => "HTTP/1.0",
            "HTTP/2.0" or "HTTP/2" or "h2" or "2.0" or "2" => "HTTP/2",
            "HTTP/3.0" or "HTTP/3" or "h3" or "3.0" or "3" => "HTTP/3",
            _ => "HTTP/1.1",
        };

    private static bool IsProtocol(string text) => text is "HTTP/1.0" or "HTTP/1.1" || Normal(text) is not "HTTP/1.1";
}
