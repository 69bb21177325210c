using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Keys;

/// <summary>
/// What a key looks like: <c>prefix random checksum</c>. The prefix names the environment, 32 base62 characters come
/// from the system's CSPRNG (190 bits), and 6 base62 characters are the CRC-32 (IEEE 802.3) of what stands before
/// them, so that a mistyped or made-up key is refused before any hash or look-up and secret scanners can tell ours
/// from noise. The checksum is no secret and proves nothing. At most 54 bytes: SHA-256 of a key is one block.
/// </summary>
public sealed class KeyFormat
{
    /// <summary>The longest a key can be, in bytes and characters.</summary>
    public const int MaxLength = KeyEnvironment.MaxPrefixLength + BodyLength;

    /// <summary>What the tokens of operators begin with, which are no keys.</summary>
    public const string OperatorTokenPrefix = "gwop_";

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 32;
    private const int ChecksumLength = 6;
    private const int BodyLength = RandomLength + ChecksumLength;

    // Enough for people to tell keys apart, too little to help a guess: about 166 of 190 bits stay unknown.
    private const int DisplayedCharacters = 4;

    private static readonly SearchValues<char> Base62 = SearchValues.Create(Alphabet);

    private readonly KeyEnvironment[] _environments;
    private readonly SearchValues<string> _prefixes;
    private readonly SearchValues<string> _secrets;

    /// <summary>Reads the environments of the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem with <c>Keys:Environments</c>.</exception>
    public KeyFormat(KeyOptions options)
    {
        var problems = new List<string>();
        _environments = [.. KeyEnvironment.Read(options, problems)];
        if (problems.Count > 0)
            throw new SettingsException(problems);
        string[] prefixes = [.. _environments.Select(e => e.Prefix)];
        _prefixes = SearchValues.Create(prefixes, StringComparison.Ordinal);
        _secrets = SearchValues.Create([.. prefixes, OperatorTokenPrefix], StringComparison.Ordinal);
    }

    /// <summary>The environments, in order of name.</summary>
    public IReadOnlyList<KeyEnvironment> Environments => _environments;

    /// <summary>The environment of that name, compared ordinally.</summary>
    public bool TryGetEnvironment(string name, out KeyEnvironment? environment)
    {
        environment = Array.Find(_environments, e => string.Equals(e.Name, name, StringComparison.Ordinal));
        return environment is not null;
    }

    /// <summary>A new secret.</summary>
    public string Generate(KeyEnvironment environment)
    {
        Span<char> random = stackalloc char[RandomLength];
        RandomNumberGenerator.GetItems(Alphabet, random);
        return Write(environment, random);
    }

    /// <summary>The key that these bytes make, each a character of its random part: for loads, which need to know keys
    /// without keeping them.</summary>
    /// <param name="environment">Whose prefix it begins with.</param>
    /// <param name="bytes">32 bytes.</param>
    internal static string Derive(KeyEnvironment environment, ReadOnlySpan<byte> bytes)
    {
        Span<char> random = stackalloc char[RandomLength];
        for (var i = 0; i < RandomLength; i++)
            random[i] = Alphabet[bytes[i] % Alphabet.Length];
        return Write(environment, random);
    }

    /// <summary>Whether a credential is well-formed and its checksum right, and of which environment. Allocates nothing.</summary>
    public bool TryParse(ReadOnlySpan<char> credential, out KeyEnvironment? environment)
    {
        environment = PrefixOf(credential);
        if (environment is not null && IsWhole(credential, environment.Prefix.Length))
            return true;
        environment = null;
        return false;
    }

    /// <summary>
    /// Whether one of our keys stands anywhere inside a text, next to whatever else: what the guard asks of query
    /// strings and cookies. Takes time linear in the text.
    /// </summary>
    public bool ContainsKey(ReadOnlySpan<char> text)
    {
        while (text.Length > BodyLength)
        {
            var at = text.IndexOfAny(_prefixes);
            if (at < 0)
                return false;
            text = text[at..];
            var length = PrefixOf(text)!.Prefix.Length + BodyLength;
            if (text.Length >= length && IsWhole(text[..length], length - BodyLength))
                return true;
            text = text[1..];
        }
        return false;
    }

    /// <summary>Whether the beginning of one of our keys, or of an operator's token, stands anywhere inside a text, whatever
    /// follows it: one that was mistyped or cut off still tells most of it.</summary>
    public bool MayHoldSecret(ReadOnlySpan<char> text) => text.ContainsAny(_secrets);

    /// <summary>What may be kept and shown of a key: its prefix and the first 4 random characters.</summary>
    /// <exception cref="ArgumentException">It begins with no known prefix; the message does not repeat it.</exception>
    public string DisplayPrefix(ReadOnlySpan<char> key)
    {
        if (PrefixOf(key) is not { } environment || key.Length < environment.Prefix.Length + BodyLength)
            throw new ArgumentException("Not one of our keys.", nameof(key));
        return key[..(environment.Prefix.Length + DisplayedCharacters)].ToString();
    }

    private static string Write(KeyEnvironment environment, ReadOnlySpan<char> random)
    {
        Span<char> key = stackalloc char[MaxLength];
        key = key[..(environment.Prefix.Length + BodyLength)];
        environment.Prefix.CopyTo(key);
        random.CopyTo(key[environment.Prefix.Length..]);
        WriteNumber(Checksum(key[..^ChecksumLength]), key[^ChecksumLength..]);
        return new string(key);
    }

    private KeyEnvironment? PrefixOf(ReadOnlySpan<char> text)
    {
        foreach (var environment in _environments)
            if (text.StartsWith(environment.Prefix))
                return environment;
        return null;
    }

    // The checksum is compared as one number: no character of it shows in the time this takes.
    private static bool IsWhole(ReadOnlySpan<char> key, int prefixLength) =>
        key.Length == prefixLength + BodyLength
        && !key[prefixLength..].ContainsAnyExcept(Base62)
        && ReadNumber(key[^ChecksumLength..]) == Checksum(key[..^ChecksumLength]);

    private static uint Checksum(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        return Crc32.HashToUInt32(bytes[..Encoding.ASCII.GetBytes(text, bytes)]);
    }

    private static void WriteNumber(uint number, Span<char> digits)
    {
        for (var i = digits.Length - 1; i >= 0; i--, number /= 62)
            digits[i] = Alphabet[(int)(number % 62)];
    }

    private static ulong ReadNumber(ReadOnlySpan<char> digits)
    {
        var number = 0UL;
        foreach (var c in digits)
            number =
                number * 62
                + (uint)(
                    c <= '9' ? c - '0'
                    : c <= 'Z' ? c - 'A' + 10
                    : c - 'a' + 36
                );
        return number;
    }
}
