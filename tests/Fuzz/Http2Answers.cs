using System.Buffers.Binary;

namespace Gateway.Tests;

/// <summary>Reads what a server said over HTTP/2.</summary>
internal static class Http2Answers
{
    private const int HeadBytes = 9;

    /// <summary>The statuses of its answers.</summary>
    public static IEnumerable<int> Statuses(byte[] said)
    {
        for (var at = 0; at + HeadBytes <= said.Length; )
        {
            var length = BinaryPrimitives.ReadInt32BigEndian([0, .. said.AsSpan(at, 3)]);
            var end = at + HeadBytes + length;
            if (end > said.Length)
                yield break;
            // A block without a status is a trailer's.
            if (said[at + 3] is Http2Frames.Headers && HasStatus(said.AsSpan((at + HeadBytes)..end)))
                yield return Http2Frames.StatusOf(said.AsSpan((at + HeadBytes)..end));
            at = end;
        }
    }

    // RFC 7541 appendix A: :status is 8 to 14; the server writes it first.
    private static bool HasStatus(ReadOnlySpan<byte> block)
    {
        while (block.Length > 0 && (block[0] & 0xE0) is 0x20)
            block = block[1..];
        return block.Length > 0 && (block[0] is >= 0x88 and <= 0x8E || (block[0] & 0x0F) is >= 8 and <= 14);
    }
}
