using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Tokens of named operators: <c>gwop_</c> and 43 characters of 256 random bits. Stored as SHA-256 (nothing to
/// guess, so nothing to slow down).</summary>
public static class OperatorTokens
{
    private const string Prefix = KeyFormat.OperatorTokenPrefix;
    private const int Length = 48;

    /// <summary>A new token; it is shown once.</summary>
    public static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Whether it looks like one: anything else is refused without asking the store.</summary>
    public static bool IsWellFormed(string token) =>
        token.Length == Length
        && token.StartsWith(Prefix, StringComparison.Ordinal)
        && Base64Url.IsValid(token.AsSpan(Prefix.Length));

    /// <summary>What is stored of it: 32 bytes.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Compares without telling, by its duration, where the two differ or how long the other is.</summary>
    public static bool AreEqual(string presented, string expected) =>
        CryptographicOperations.FixedTimeEquals(Hash(presented), Hash(expected));
}
