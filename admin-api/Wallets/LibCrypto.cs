using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gateway.Admin;

// Why OpenSSL, and why by hand
//
// .NET 10 has no Ed25519. The managed packages that have it are either not to be had or not for a server: the one that
// restores (Portable.BouncyCastle 1.8.10) is unmaintained, and its verifier can be made to loop by a crafted signature
// (CVE-2024-30172). OpenSSL's libcrypto is loaded into every .NET process on Linux anyway, is patched by the
// distribution, and has verified Ed25519 since 1.1.1. So this file, and no other, speaks to it:
//
//   EVP_PKEY_new_raw_public_key   32 bytes -> key
//   EVP_DigestVerifyInit          Ed25519 takes no digest: it hashes the message itself
//   EVP_DigestVerify              1 = verified, 0 = not, anything below = it could not say
//
// What OpenSSL leaves to its caller (points of small order, encodings that are not canonical) is in Ed25519.cs.

/// <summary>The few functions of OpenSSL's libcrypto that Ed25519 needs.</summary>
internal static unsafe class LibCrypto
{
    // EVP_PKEY_ED25519 of OpenSSL's obj_mac.h; the same number in 1.1.1 and 3.x.
    private const int Ed25519Type = 1087;

    // In the order of preference; what comes after the first is for other systems and older distributions.
    private static readonly string[] Names =
    [
        "libcrypto.so.3",
        "libcrypto.so.1.1",
        "libcrypto.3.dylib",
        "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
        "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
        "libcrypto-3-x64.dll",
    ];

    private static readonly Lazy<Functions> Loaded = new(Load);

    /// <summary>Verifies by the equation without the cofactor, as RFC 8032 section 5.1.7 allows.</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes.</param>
    /// <exception cref="CryptographicException">libcrypto is missing or could not say; never for a bad
    /// signature.</exception>
    public static bool VerifyEd25519(
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature
    )
    {
        var f = Loaded.Value;
        nint key = 0;
        nint context = 0;
        fixed (
            byte* keyBytes = publicKey,
                messageBytes = message,
                signatureBytes = signature
        )
        {
            try
            {
                key = f.NewKey(Ed25519Type, 0, keyBytes, (nuint)publicKey.Length);
                context = f.NewContext();
                if (key == 0 || context == 0 || f.VerifyInit(context, 0, 0, 0, key) != 1)
                    throw new CryptographicException("libcrypto could not prepare an Ed25519 verification.");
                return f.Verify(
                    context,
                    signatureBytes,
                    (nuint)signature.Length,
                    messageBytes,
                    (nuint)message.Length
                ) switch
                {
                    1 => true,
                    0 => false,
                    _ => throw new CryptographicException("libcrypto could not decide on an Ed25519 signature."),
                };
            }
            finally
            {
                f.FreeContext(context);
                f.FreeKey(key);
                // A failure stays in this thread's queue, where .NET's own calls would take it for theirs.
                f.ClearErrors();
            }
        }
    }

    private static Functions Load()
    {
        foreach (var name in Names)
            if (
                NativeLibrary.TryLoad(
                    name,
                    Assembly.GetExecutingAssembly(),
                    DllImportSearchPath.SafeDirectories,
                    out var library
                )
            )
                return new Functions(library);
        throw new CryptographicException($"None of {string.Join(", ", Names)} could be loaded: install OpenSSL 3.");
    }

    private sealed class Functions(nint library)
    {
        public readonly delegate* unmanaged<int, nint, byte*, nuint, nint> NewKey = (delegate* unmanaged<
            int,
            nint,
            byte*,
            nuint,
            nint>)
            NativeLibrary.GetExport(library, "EVP_PKEY_new_raw_public_key");

        public readonly delegate* unmanaged<nint, void> FreeKey = (delegate* unmanaged<nint, void>)
            NativeLibrary.GetExport(library, "EVP_PKEY_free");

        public readonly delegate* unmanaged<nint> NewContext = (delegate* unmanaged<nint>)
            NativeLibrary.GetExport(library, "EVP_MD_CTX_new");

        public readonly delegate* unmanaged<nint, void> FreeContext = (delegate* unmanaged<nint, void>)
            NativeLibrary.GetExport(library, "EVP_MD_CTX_free");

        public readonly delegate* unmanaged<nint, nint, nint, nint, nint, int> VerifyInit = (delegate* unmanaged<
            nint,
            nint,
            nint,
            nint,
            nint,
            int>)
            NativeLibrary.GetExport(library, "EVP_DigestVerifyInit");

        public readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int> Verify = (delegate* unmanaged<
            nint,
            byte*,
            nuint,
            byte*,
            nuint,
            int>)
            NativeLibrary.GetExport(library, "EVP_DigestVerify");

        public readonly delegate* unmanaged<void> ClearErrors = (delegate* unmanaged<void>)
            NativeLibrary.GetExport(library, "ERR_clear_error");
    }
}
