using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Credentials that are right up to somewhere.</summary>
/// <param name="random">Decides.</param>
internal sealed class TimedKeys(Random random)
{
    /// <summary>Characters of a checksum, the last of a key.</summary>
    public const int ChecksumLength = 6;

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 32;

    /// <summary>What they look like.</summary>
    public static KeyFormat Format { get; } = new(new KeyOptions());

    /// <summary>Whose they are.</summary>
    public static KeyEnvironment Environment { get; } = Format.Environments[0];

    /// <summary>Characters of each.</summary>
    public static int Length { get; } = Environment.Prefix.Length + RandomLength + ChecksumLength;

    /// <summary>Well-formed, and nobody's.</summary>
    public string New()
    {
        Span<byte> bytes = stackalloc byte[RandomLength];
        random.NextBytes(bytes);
        return KeyFormat.Derive(Environment, bytes);
    }

    /// <summary>One key twice, with a checksum that is wrong in its first character, and in its last; and what it should be.
    /// A digit becomes another digit, and a letter a letter: how each is read takes a time of its own, which tells the sender
    /// what he sent.</summary>
    public (string Right, string First, string Last) WithWrongChecksums()
    {
        var key = New();
        var step = random.Next(1, 10);
        return (
            key[^ChecksumLength..],
            Spoiled(key, key.Length - ChecksumLength, step),
            Spoiled(key, key.Length - 1, step)
        );
    }

    /// <summary>Well-formed and nobody's, its first characters those of a key there is.</summary>
    /// <param name="held">The key there is.</param>
    /// <param name="right">Random characters that are right, of 32.</param>
    public string RightUpTo(string held, int right)
    {
        var same = Environment.Prefix.Length + right;
        return WithChecksum(held[..same] + New()[same..^ChecksumLength]);
    }

    /// <summary>A hash that begins like a key's.</summary>
    /// <param name="key">The key.</param>
    /// <param name="alike">Bytes, of 32.</param>
    public byte[] HashLike(string key, int alike)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(key));
        random.NextBytes(hash.AsSpan(alike));
        return hash;
    }

    private static string Spoiled(string key, int at, int step)
    {
        var characters = key.ToCharArray();
        var (first, count) =
            char.IsAsciiDigit(key[at]) ? ('0', 10)
            : char.IsAsciiLetterUpper(key[at]) ? ('A', 26)
            : ('a', 26);
        characters[at] = (char)(first + ((key[at] - first + step) % count));
        return new string(characters);
    }

    private static string WithChecksum(string body)
    {
        var number = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(body));
        var digits = new char[ChecksumLength];
        for (var i = ChecksumLength - 1; i >= 0; i--, number /= 62)
            digits[i] = Alphabet[(int)(number % 62)];
        return body + new string(digits);
    }
}
