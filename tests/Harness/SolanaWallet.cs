using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Tests;

/// <summary>A wallet that signs for real: an Ed25519 key pair in OpenSSL.</summary>
public sealed unsafe partial class SolanaWallet
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const int Ed25519Type = 1087;

    private readonly byte[] _seed;

    public SolanaWallet()
        : this(RandomNumberGenerator.GetBytes(32)) { }

    public SolanaWallet(byte[] seed)
    {
        _seed = seed;
        PublicKey = new byte[32];
        nuint length = 32;
        WithKey(key => EVP_PKEY_get_raw_public_key(key, PublicKey, ref length));
    }

    /// <summary>32 bytes.</summary>
    public byte[] PublicKey { get; }

    /// <summary>The public key in base58, as Solana writes it.</summary>
    public string Address => ToBase58(PublicKey);

    /// <summary>64 bytes.</summary>
    public byte[] Sign(byte[] message)
    {
        var signature = new byte[64];
        nuint length = 64;
        WithKey(key =>
        {
            var context = EVP_MD_CTX_new();
            var signed =
                EVP_DigestSignInit(context, 0, 0, 0, key) == 1
                && EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length) == 1;
            EVP_MD_CTX_free(context);
            return signed ? 1 : 0;
        });
        return signature;
    }

    /// <summary>Over the UTF-8 bytes, in base58.</summary>
    public string Sign(string message) => ToBase58(Sign(Encoding.UTF8.GetBytes(message)));

    public static string ToBase58(byte[] bytes)
    {
        var text = new StringBuilder();
        for (var rest = new BigInteger(bytes, isUnsigned: true, isBigEndian: true); rest > 0; rest /= 58)
            text.Insert(0, Alphabet[(int)(rest % 58)]);
        return text.Insert(0, "1", bytes.TakeWhile(b => b == 0).Count()).ToString();
    }

    private void WithKey(Func<nint, int> use)
    {
        var key = EVP_PKEY_new_raw_private_key(Ed25519Type, 0, _seed, (nuint)_seed.Length);
        var done = use(key);
        EVP_PKEY_free(key);
        Assert.Equal(1, done);
    }

    [LibraryImport("libcrypto.so.3")]
    private static partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte[] seed, nuint length);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_PKEY_get_raw_public_key(nint key, byte[] publicKey, ref nuint length);

    [LibraryImport("libcrypto.so.3")]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport("libcrypto.so.3")]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport("libcrypto.so.3")]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport("libcrypto.so.3")]
    private static partial int EVP_DigestSign(
        nint context,
        byte[] signature,
        ref nuint length,
        byte[] data,
        nuint size
    );
}
