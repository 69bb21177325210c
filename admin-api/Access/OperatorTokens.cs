using System.Buffers;
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

    private static readonly SearchValues<char> Characters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <summary>A new token; it is shown once.</summary>
    public static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Whether it looks like one: anything else is refused without asking the store.</summary>
    public static bool IsWellFormed(string token) =>
        token.Length == Length
        && token.StartsWith(Prefix, StringComparison.Ordinal)
        && Base64Url.IsValid(token.AsSpan(Prefix.Length));

    /// <summary>Whether one stands anywhere inside a text, next to whatever else.</summary>
    public static bool IsIn(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOf(Prefix, StringComparison.Ordinal)) >= 0; text = text[(at + 1)..])
        {
            var rest = text[at..];
            if (rest.Length >= Length && !rest[Prefix.Length..Length].ContainsAnyExcept(Characters))
                return true;
        }
        return false;
    }

    /// <summary>What is stored of it: 32 bytes.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Compares without telling, by its duration, where the two differ or how long the other is.</summary>
    public static bool AreEqual(string presented, string expected) =>
        CryptographicOperations.FixedTimeEquals(Hash(presented), Hash(expected));
}
