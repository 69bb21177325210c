using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Keys;

/// <summary>Whether a credential is the one a record was made from.</summary>
public enum HashMatch
{
    /// <summary>It is another credential, or its hash is of a kind that is no longer accepted.</summary>
    No,

    /// <summary>It is.</summary>
    Yes,

    /// <summary>The record names a pepper this process does not have: could not decide (503), never a refusal.</summary>
    Undecidable,
}

/// <summary>
/// How keys are kept: SHA-256, or HMAC-SHA-256 under a pepper. A key has 190 random bits, so no slow hash is needed;
/// the pepper makes a stolen table useless even to someone who can try keys. Peppers form a ring: keys are made under
/// the newest and accepted under all, so that peppers rotate without reissuing keys. Safe for use by many threads.
/// </summary>
public sealed class KeyHasher
{
    /// <summary>Bytes of every hash.</summary>
    public const int HashLength = SHA256.HashSizeInBytes;

    private const int MaxIdLength = 32;

    // As long as the output of the HMAC: a shorter secret would be the weakest part.
    private const int MinSecretBytes = 32;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    );

    private readonly List<(string Id, byte[] Secret)> _peppers = [];
    private readonly bool _requirePepper;

    /// <summary>Reads the pepper ring of the settings.</summary>
    /// <exception cref="SettingsException">Lists every problem with <c>Keys:Peppers</c>, without a secret in it.</exception>
    public KeyHasher(KeyOptions options)
    {
        var problems = new List<string>();
        for (var i = 0; i < options.Peppers.Count; i++)
            Add(options.Peppers[i], $"Keys:Peppers:{i}", problems);
        _requirePepper = options.RequirePepper;
        if (_requirePepper && options.Peppers.Count == 0)
            problems.Add("Keys:RequirePepper: needs at least one pepper in Keys:Peppers");
        if (problems.Count > 0)
            throw new SettingsException(problems);
    }

    /// <summary>Ids of the peppers, newest first.</summary>
    public IReadOnlyCollection<string> PepperIds => [.. _peppers.Select(p => p.Id)];

    /// <summary>The hash a new key is stored under: the newest pepper's, or plain SHA-256 (pepper id null).</summary>
    /// <exception cref="ArgumentException">Not a key: too long, or not ASCII.</exception>
    public (byte[] Hash, string? PepperId) HashNew(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[KeyFormat.MaxLength];
        if (!TryGetBytes(key, ref bytes))
            throw new ArgumentException("Not a key.", nameof(key));
        return _peppers is [var newest, ..]
            ? (HMACSHA256.HashData(newest.Secret, bytes), newest.Id)
            : (SHA256.HashData(bytes), null);
    }

    /// <summary>Every hash it may be stored under, the likeliest first; none when it is not a key.</summary>
    public IReadOnlyList<byte[]> Candidates(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[KeyFormat.MaxLength];
        if (!TryGetBytes(key, ref bytes))
            return [];
        var candidates = new List<byte[]>(_peppers.Count + 1);
        foreach (var (_, secret) in _peppers)
            candidates.Add(HMACSHA256.HashData(secret, bytes));
        if (!_requirePepper)
            candidates.Add(SHA256.HashData(bytes));
        return candidates;
    }

    /// <summary>Whether this is the record's key; hashes are compared in fixed time. Allocates nothing.</summary>
    public HashMatch Match(ReadOnlySpan<char> key, KeyRecord record)
    {
        Span<byte> bytes = stackalloc byte[KeyFormat.MaxLength];
        Span<byte> hash = stackalloc byte[HashLength];
        if (!TryGetBytes(key, ref bytes) || (record.PepperId is null && _requirePepper))
            return HashMatch.No;

        if (record.PepperId is null)
            SHA256.HashData(bytes, hash);
        else if (SecretOf(record.PepperId) is { } secret)
            HMACSHA256.HashData(secret, bytes, hash);
        else
            return HashMatch.Undecidable;
        return Compare(hash, record);
    }

    /// <summary>Whether this is the record's hash, in a time that does not tell how much of it is.</summary>
    internal static HashMatch Compare(ReadOnlySpan<byte> hash, KeyRecord record) =>
        CryptographicOperations.FixedTimeEquals(hash, record.Hash) ? HashMatch.Yes : HashMatch.No;

    private byte[]? SecretOf(string pepperId)
    {
        foreach (var (id, secret) in _peppers)
            if (string.Equals(id, pepperId, StringComparison.Ordinal))
                return secret;
        return null;
    }

    // Anything but ASCII is no key: reading it as '?' would let two credentials share a hash.
    private static bool TryGetBytes(ReadOnlySpan<char> key, ref Span<byte> bytes)
    {
        if (key.Length > bytes.Length || Ascii.FromUtf16(key, bytes, out var written) != OperationStatus.Done)
            return false;
        bytes = bytes[..written];
        return true;
    }

    private void Add(PepperOptions? pepper, string setting, List<string> problems)
    {
        var id = pepper?.Id ?? "";
        if (id.Length is 0 or > MaxIdLength || id.AsSpan().ContainsAnyExcept(IdCharacters))
            problems.Add($"{setting}:Id: 1 to {MaxIdLength} of [A-Za-z0-9_-]");
        else if (SecretOf(id) is not null)
            problems.Add($"{setting}:Id: '{id}' is used twice");

        var secret = Decode(pepper?.Secret ?? "");
        if (secret is null)
            problems.Add($"{setting}:Secret: not base64");
        else if (secret.Length < MinSecretBytes)
            problems.Add($"{setting}:Secret: at least {MinSecretBytes} bytes, as base64");
        else if (_peppers.Exists(p => CryptographicOperations.FixedTimeEquals(p.Secret, secret)))
            problems.Add($"{setting}:Secret: the same as another pepper's");
        _peppers.Add((id, secret ?? []));
    }

    private static byte[]? Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var written) ? bytes[..written] : null;
    }
}
