using System.Security.Cryptography;

namespace Gateway.Admin;

/// <summary>Settings under <c>Leaks</c>: what happens when somebody reports that a key was found in public.</summary>
public sealed class LeakOptions
{
    /// <summary>What becomes of such a key: <c>revoke</c> or <c>disable</c>. Both stop it at once. Revoked unless told
    /// otherwise, because the secret is known to others for ever: a key that is only disabled can be enabled again, and
    /// goes on counting against the account's limit. An operator's token is always removed.</summary>
    public string Action { get; set; } = "revoke";

    /// <summary>Public keys of those who may report by signature; none by default, so that only operators may.</summary>
    public List<ReporterKeyOptions> ReporterKeys { get; set; } = [];

    /// <summary>How often one client may ask for the revocation of a key it holds. A leak is one key or a few; more is
    /// somebody trying keys.</summary>
    public int RevocationsPerMinute { get; set; } = 10;

    internal bool Revokes => Action == "revoke";

    /// <summary>Adds a line for each setting that cannot be used.</summary>
    public void Validate(ICollection<string> problems)
    {
        if (Action is not ("revoke" or "disable"))
            problems.Add("Leaks:Action must be 'revoke' or 'disable'.");
        if (RevocationsPerMinute < 1)
            problems.Add("Leaks:RevocationsPerMinute must be 1 or more.");
        for (var i = 0; i < ReporterKeys.Count; i++)
            ReporterKeys[i].Validate($"Leaks:ReporterKeys:{i}", problems);
        if (ReporterKeys.DistinctBy(k => k.Id, StringComparer.Ordinal).Count() < ReporterKeys.Count)
            problems.Add("Leaks:ReporterKeys: an Id is used twice.");
    }
}

/// <summary>A public key reports are verified by: as GitHub publishes them at
/// <c>https://api.github.com/meta/public_keys/secret_scanning</c>.</summary>
public sealed class ReporterKeyOptions
{
    private const int MaxIdLength = 128;

    /// <summary>What the report calls it (<c>key_identifier</c>).</summary>
    public string Id { get; set; } = "";

    /// <summary>The key: ECDSA on P-256, PEM or its base64 alone (SubjectPublicKeyInfo).</summary>
    public string PublicKey { get; set; } = "";

    /// <summary>Whose it is, for the audit log: <c>[a-z0-9-]</c>.</summary>
    public string Reporter { get; set; } = "github";

    /// <summary>From this instant on it verifies nothing: when its owner retires it. Not set: until it is taken out.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Adds a line for each part that cannot be used.</summary>
    /// <param name="setting">Its name.</param>
    /// <param name="problems">Gets the lines.</param>
    public void Validate(string setting, ICollection<string> problems)
    {
        if (Id.Length is 0 or > MaxIdLength || Id.Any(c => c is <= ' ' or > '~'))
            problems.Add($"{setting}:Id must be 1 to {MaxIdLength} visible ASCII characters.");
        if (
            Reporter.Length is 0 or > 32
            || !Reporter.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        )
            problems.Add($"{setting}:Reporter must be 1 to 32 of [a-z0-9-].");
        try
        {
            using var key = Open();
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            problems.Add($"{setting}:PublicKey must be the public key of an ECDSA key on P-256, as PEM.");
        }
    }

    /// <summary>Whether it is the key of these bytes' signature (ECDSA, SHA-256, DER).</summary>
    public bool Verifies(ReadOnlySpan<byte> body, byte[] signature)
    {
        try
        {
            // One for each call: they are not for many threads, and cost a fraction of the verification.
            using var key = Open();
            return key.VerifyData(body, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // Any other curve is refused: what is signed there is not what the protocol says.
    private ECDsa Open()
    {
        var lines = PublicKey.Split(
            ['\n', '\r'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        var der = Convert.FromBase64String(
            string.Concat(lines.Where(l => !l.StartsWith("-----", StringComparison.Ordinal)))
        );
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(der, out var read);
            var curve = key.ExportParameters(false).Curve.Oid?.Value;
            return read == der.Length && curve == ECCurve.NamedCurves.nistP256.Oid.Value
                ? key
                : throw new CryptographicException("Not on P-256.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
