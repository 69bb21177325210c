namespace Gateway;

/// <summary>
/// Reads the <c>Connection</c> header so that Kestrel does not forget what it names. An intermediary must remove the
/// headers <c>Connection</c> names (RFC 9110 section 7.6.1), but when exactly one option Kestrel knows is among them
/// (<c>close, X-Foo</c>) it replaces the value by that option before any code of ours runs. A value that names two of
/// them it leaves alone. So a value that names headers is read as those headers, then <c>close</c> and
/// <c>keep-alive</c>, of which <c>close</c> wins: whoever names headers gets a connection for this request only.
/// </summary>
internal sealed class ConnectionHeaderEncoding : HeaderReading
{
    /// <summary>The one instance; it has no state.</summary>
    public static ConnectionHeaderEncoding Instance { get; } = new();

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => byteCount + ", close, keep-alive, upgrade".Length;

    /// <inheritdoc/>
    protected override string Read(ReadOnlySpan<byte> bytes)
    {
        var value = Latin1.GetString(bytes);
        string[] options = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var named = options.Where(o => !IsOption(o)).ToList();
        if (named.Count is 0)
            return value;
        named.AddRange(["close", "keep-alive"]);
        if (options.Contains("upgrade", StringComparer.OrdinalIgnoreCase))
            named.Add("upgrade");
        return string.Join(", ", named);
    }

    // The last two name headers that are not forwarded anyway; clients that offer h2c send them with every request.
    private static bool IsOption(string option) =>
        option.ToLowerInvariant() is "close" or "keep-alive" or "upgrade" or "te" or "http2-settings";
}
