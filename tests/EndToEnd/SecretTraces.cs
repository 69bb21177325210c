using System.Text;

namespace Gateway.Tests;

/// <summary>The spellings by which a secret could be recognised: itself, its random part, pieces of that, and base64 and
/// hex of them.</summary>
public sealed class SecretTraces
{
    // A piece of 16 base62 characters is 95 bits: enough to know it by, and far more than what a prefix shows.
    private const int Piece = 16;

    private readonly List<string> _exact;
    private readonly string _hex;

    /// <summary>The traces of a secret.</summary>
    /// <param name="secret">As it is sent.</param>
    /// <param name="publicLength">Characters at its beginning that anybody may see.</param>
    public SecretTraces(string secret, int publicLength)
    {
        Secret = secret;
        var hidden = secret[publicLength..];
        _exact = [hidden[..Piece], hidden[^Piece..], .. Base64(secret), .. Base64(hidden)];
        _hex = Convert.ToHexString(Encoding.ASCII.GetBytes(hidden[..Piece]));
    }

    /// <summary>The secret.</summary>
    public string Secret { get; }

    /// <summary>What of it is in a text; null when nothing is.</summary>
    public string? Find(string text) =>
        _exact.Find(t => text.Contains(t, StringComparison.Ordinal))
        ?? (text.Contains(_hex, StringComparison.OrdinalIgnoreCase) ? _hex : null);

    // Within longer base64 the same bytes look different in each of three positions; what depends on their neighbours
    // is cut off.
    private static IEnumerable<string> Base64(string text)
    {
        for (var before = 0; before < 3; before++)
        {
            var code = Convert.ToBase64String([.. new byte[before], .. Encoding.ASCII.GetBytes(text)]);
            yield return code[(before == 0 ? 0 : 4)..^4];
        }
    }
}
