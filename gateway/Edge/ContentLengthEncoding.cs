namespace Gateway;

/// <summary>
/// Reads <c>Content-Length</c> as digits and nothing else (RFC 9110 section 8.6). A server whose headers have an encoding
/// of their own parses the length as .NET parses any number: it takes <c>+5</c>, <c>-0</c> and a vertical tab behind the
/// digits, which whoever stands in front may read otherwise, and fails without an answer when there are more than 20
/// characters. What is not digits is shown to it as something that is no number, and refused by it.
/// </summary>
internal sealed class ContentLengthEncoding : HeaderReading
{
    // As many as the largest length has.
    private const int MaxDigits = 19;

    private const string NoNumber = "x";

    /// <summary>The one instance; it has no state.</summary>
    public static ContentLengthEncoding Instance { get; } = new();

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => Math.Max(byteCount, NoNumber.Length);

    /// <inheritdoc/>
    protected override string Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length is > 0 and <= MaxDigits && !bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? Latin1.GetString(bytes)
            : NoNumber;
}
