using System.Numerics;
using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>A signature proves that somebody holds the wallet, and only that one wallet.</summary>
public sealed class Ed25519Tests
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger L =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    [Theory]
    [MemberData(nameof(Ed25519Vectors.Rfc8032), MemberType = typeof(Ed25519Vectors))]
    public void VectorOfTheRfc_Verifies_AndNoBitOfItMayChange(string key, string message, string signature)
    {
        Assert.True(Verify(key, message, signature));
        Assert.False(Verify(key, message + "00", signature));
        for (var bit = 0; bit < 512; bit += 7)
            Assert.False(Verify(key, message, Flip(signature, bit)));
        for (var bit = 0; bit < 256; bit += 7)
            Assert.False(Verify(Flip(key, bit), message, signature));
    }

    [Theory]
    [MemberData(nameof(Ed25519Vectors.EdgeCases), MemberType = typeof(Ed25519Vectors))]
    public void EdgeCase_IsJudgedStrictly(string name, bool expected, string message, string key, string signature) =>
        Assert.True(expected == Verify(key, message, signature), name);

    [Fact]
    public void KeyOfSmallOrder_IsNobodysKey_HoweverItIsWritten()
    {
        var small = SmallOrderY().SelectMany(y => new[] { y, y + P }).Where(y => y < BigInteger.Pow(2, 255)).ToList();
        Assert.Equal(7, small.Count);
        foreach (var y in small)
            Assert.All(new[] { 0, 0x80 }, sign => Assert.False(Ed25519.IsUsableKey(Encode(y, sign))));
    }

    [Fact]
    public void KeyThatIsNotCanonical_IsNobodysKey()
    {
        for (var above = 0; above < 19; above++)
            Assert.All(new[] { 0, 0x80 }, sign => Assert.False(Ed25519.IsUsableKey(Encode(P + above, sign))));
        Assert.True(Ed25519.IsUsableKey(Encode(P - 2, 0)));
    }

    [Fact]
    public void SignatureIsUnique_SPlusLIsRefused()
    {
        var wallet = new SolanaWallet();
        var message = "hello"u8.ToArray();
        var signature = wallet.Sign(message);
        Assert.True(Ed25519.Verify(wallet.PublicKey, message, signature));

        var s = new BigInteger(signature.AsSpan(32), isUnsigned: true) + L;
        Encode(s, 0).CopyTo(signature, 32);
        Assert.False(Ed25519.Verify(wallet.PublicKey, message, signature));
    }

    [Fact]
    public void AnyOtherLength_IsNoSignatureAndNoKey()
    {
        var wallet = new SolanaWallet();
        var signature = wallet.Sign("m"u8.ToArray());
        Assert.False(Ed25519.Verify(wallet.PublicKey, "m"u8, signature.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(wallet.PublicKey, "m"u8, [.. signature, 0]));
        Assert.False(Ed25519.Verify(wallet.PublicKey.AsSpan(0, 31), "m"u8, signature));
        Assert.False(Ed25519.Verify([.. wallet.PublicKey, 0], "m"u8, signature));
        Assert.False(Ed25519.Verify([], "m"u8, []));
    }

    [Fact]
    public void PointThatIsNotOnTheCurve_VerifiesNothing()
    {
        // y = 2 has no x: (y^2 - 1) / (d y^2 + 1) is not a square.
        var key = Encode(2, 0);
        Assert.True(Ed25519.IsUsableKey(key));
        Assert.False(Ed25519.Verify(key, "m"u8, new SolanaWallet().Sign("m"u8.ToArray())));
    }

    // Found by the curve's own equation instead of a list: the y whose point, doubled three times, is the identity.
    private static IEnumerable<BigInteger> SmallOrderY()
    {
        var d = Mod(-121665 * Inverse(121666));
        // Orders 1, 2 and 4.
        yield return 1;
        yield return P - 1;
        yield return 0;
        // On the curve -x^2 + y^2 = 1 + d x^2 y^2, doubling gives y3 = (y^2 + x^2) / (1 - d x^2 y^2); it is zero when
        // x^2 = -y^2, so 2 y^2 = 1 - d y^4: a quadratic equation in y^2.
        var root = Root(Mod(4 + 4 * d));
        foreach (var r in new[] { root, P - root })
        {
            var square = Mod((r - 2) * Inverse(2 * d));
            if (BigInteger.ModPow(square, (P - 1) / 2, P) == 1)
            {
                yield return Root(square);
                yield return P - Root(square);
            }
        }
    }

    private static BigInteger Mod(BigInteger n) => ((n % P) + P) % P;

    private static BigInteger Inverse(BigInteger n) => BigInteger.ModPow(Mod(n), P - 2, P);

    // p = 5 mod 8 (RFC 8032 section 5.1.3).
    private static BigInteger Root(BigInteger n)
    {
        var candidate = BigInteger.ModPow(n, (P + 3) / 8, P);
        return Mod(candidate * candidate) == n ? candidate : Mod(candidate * BigInteger.ModPow(2, (P - 1) / 4, P));
    }

    private static byte[] Encode(BigInteger y, int sign)
    {
        var bytes = new byte[32];
        y.ToByteArray(isUnsigned: true).CopyTo(bytes, 0);
        bytes[31] |= (byte)sign;
        return bytes;
    }

    private static string Flip(string hex, int bit)
    {
        var bytes = Convert.FromHexString(hex);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return Convert.ToHexString(bytes);
    }

    private static bool Verify(string key, string message, string signature) =>
        Ed25519.Verify(Convert.FromHexString(key), Convert.FromHexString(message), Convert.FromHexString(signature));
}
