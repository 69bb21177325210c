namespace Gateway.Admin;

// Stricter than RFC 8032 asks, because a signature here proves that somebody holds a wallet:
//
// - A public key of small order (there are eight such points) verifies signatures that nobody made: an account could
//   "prove" a wallet that nobody holds. The same for R, whose small order is the mark of a forged signature.
// - A key or an R that is written in a second way (y >= p, or the sign of a zero x) would make one wallet two addresses,
//   so that "an address belongs to one account" would not hold.
// - S >= L would make two signatures of one. OpenSSL refuses that as well; we do not lean on it.
//
// A key with a large order and a torsion part passes: whoever signs with it does hold its secret. The expectations are
// those of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020) for a strict verifier without the cofactor;
// its twelve vectors are in the tests.

/// <summary>Strict verification of Ed25519 signatures (RFC 8032).</summary>
public static class Ed25519
{
    /// <summary>Bytes of a public key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a signature: R, then S.</summary>
    public const int SignatureSize = 64;

    // The y of every point of small order: orders 4, 1, 2, 8 and 8. The sign bit picks one of two points with this y.
    private static readonly byte[][] SmallOrderY =
    [
        Convert.FromHexString("0000000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("0100000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        Convert.FromHexString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ];

    // p = 2^255 - 19 and the order L = 2^252 + 27742317777372353535851937790883648493, little endian.
    private static readonly byte[] P = Convert.FromHexString(
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
    );

    private static readonly byte[] L = Convert.FromHexString(
        "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"
    );

    /// <summary>Whether these 32 bytes can be somebody's public key: canonical and not of small order. Whether the
    /// point is on the curve is seen when a signature is verified.</summary>
    public static bool IsUsableKey(ReadOnlySpan<byte> publicKey) => publicKey.Length == KeySize && IsStrict(publicKey);

    /// <summary>Whether the holder of the key signed the message.</summary>
    /// <param name="publicKey">32 bytes; any other length is false.</param>
    /// <param name="message">The bytes that were signed.</param>
    /// <param name="signature">64 bytes; any other length is false.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It could not be decided.</exception>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        IsUsableKey(publicKey)
        && signature.Length == SignatureSize
        && IsStrict(signature[..KeySize])
        && IsBelow(signature[KeySize..], L)
        && LibCrypto.VerifyEd25519(publicKey, message, signature);

    private static bool IsStrict(ReadOnlySpan<byte> point)
    {
        Span<byte> y = stackalloc byte[KeySize];
        point.CopyTo(y);
        y[^1] &= 0x7f;
        // A zero x belongs to y = 1 and y = p - 1 alone, both of small order: its sign needs no check of its own.
        foreach (var small in SmallOrderY)
            if (y.SequenceEqual(small))
                return false;
        return IsBelow(y, P);
    }

    private static bool IsBelow(ReadOnlySpan<byte> number, ReadOnlySpan<byte> bound)
    {
        for (var i = KeySize - 1; i >= 0; i--)
            if (number[i] != bound[i])
                return number[i] < bound[i];
        return false;
    }
}
