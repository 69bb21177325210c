using System.Buffers;
using System.Text;

namespace Gateway.Keys;

/// <summary>
/// Where a credential is found in a cache without computing its hash: SipHash-2-4 with 128 bits under a key that is
/// random for each process and never leaves it. An index is worth nothing in another process and is not to be stored.
/// </summary>
public static class KeyIndex
{
    /// <summary>Bytes of an index.</summary>
    public const int Length = SipHash128.Length;

    private static readonly SipHash128 Hash = SipHash128.WithRandomKey();

    /// <summary>The index of some bytes.</summary>
    /// <param name="data">Of any length.</param>
    /// <param name="index">Gets 16 bytes.</param>
    public static void Compute(ReadOnlySpan<byte> data, Span<byte> index) => Hash.Compute(data, index);

    /// <summary>The index of a credential that <see cref="KeyFormat.TryParse"/> accepted. Allocates nothing.</summary>
    /// <param name="credential">At most <see cref="KeyFormat.MaxLength"/> ASCII characters.</param>
    /// <param name="index">Gets 16 bytes: the same as for the credential's bytes.</param>
    /// <exception cref="ArgumentException">It cannot be a key; reading it as another text would let one credential
    /// stand for another.</exception>
    public static void Compute(ReadOnlySpan<char> credential, Span<byte> index)
    {
        Span<byte> bytes = stackalloc byte[KeyFormat.MaxLength];
        if (Ascii.FromUtf16(credential, bytes, out var written) != OperationStatus.Done)
            throw new ArgumentException("Not a key.", nameof(credential));
        Hash.Compute(bytes[..written], index);
    }
}
