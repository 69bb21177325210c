using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>
/// What stands in braces in a request: <c>{HOST}</c>, the gateway's authority; keys (<c>{KEY}</c> may do everything,
/// <c>{LOWKEY}</c> may read and is bound to one wallet, <c>{READKEY}</c> may read and is bound to none, <c>{IPKEY}</c>, <c>{EXPKEY}</c>, <c>{REVKEY}</c>), also spoiled
/// (<c>{KEY:trunc}</c>); <c>{IDHDR}</c>, the name of the identity header, also in odd spellings; <c>{REP:a:100}</c>;
/// <c>{LEN+5}</c>, the length of a request for a protected resource and five; <c>{HEADERS:130}</c>, so many lines.
/// </summary>
/// <param name="keys">Secrets by name.</param>
public sealed partial class Placeholders(IReadOnlyDictionary<string, string> keys)
{
    private const string Identity = "X-Gateway-Key-Id";

    /// <summary>What is smuggled in most cases.</summary>
    private const string Smuggled = "GET /v1/admin/secret HTTP/1.1\r\nHost: {HOST}\r\n\r\n";

    private static readonly string[] Anyone = ["public"];
    private static readonly string[] Low = ["public", "read", "wallet:w1"];
    private static readonly string[] Reading = ["public", "read", "wallet:w1", "wallet:w2"];
    private static readonly string[] All = ["public", "read", "admin", "wallet:w1", "wallet:w2"];

    /// <summary>What the holder of a key may reach; the holder of none, and of one that does not work, what anybody may.</summary>
    public static IReadOnlyList<string> GrantedTo(string? key) =>
        key switch
        {
            "KEY" => All,
            "LOWKEY" => Low,
            "READKEY" => Reading,
            _ => Anyone,
        };

    /// <summary>Fills a text in.</summary>
    /// <param name="text">The text.</param>
    /// <param name="host">The gateway's authority.</param>
    public string Fill(string text, string host) =>
        text.Contains('{', StringComparison.Ordinal) ? Name().Replace(text, m => Value(m, host)) : text;

    private string Value(Match match, string host)
    {
        var name = match.Groups["name"].Value;
        var form = match.Groups["form"].Value;
        return name switch
        {
            "HOST" => host,
            "IDHDR" => Spell(Identity, form),
            "REP" => new string(form[0], int.Parse(form.AsSpan(2), CultureInfo.InvariantCulture)),
            "HEADERS" => Lines(int.Parse(form, CultureInfo.InvariantCulture)),
            "HEXLEN" => LengthOf(host).ToString("x", CultureInfo.InvariantCulture),
            "LEN" => (LengthOf(host) + (form.Length > 0 ? int.Parse(form, CultureInfo.InvariantCulture) : 0)).ToString(
                CultureInfo.InvariantCulture
            ),
            "SMUGGLED" => Smuggled.Replace("{HOST}", host, StringComparison.Ordinal),
            _ when keys.TryGetValue(name, out var key) => Spoil(key, form),
            _ => match.Value,
        };
    }

    private static int LengthOf(string host) => Smuggled.Length - "{HOST}".Length + host.Length;

    private static string Lines(int count) => string.Join("\r\n", Enumerable.Range(0, count).Select(i => $"X-{i}: a"));

    private static string Spell(string name, string form) =>
        form switch
        {
            "lower" => name.ToLowerInvariant(),
            "upper" => name.ToUpperInvariant(),
            "under" => name.Replace('-', '_'),
            "dot" => name.Replace('-', '.'),
            "mixed" => name[..1] + "_" + name[2..],
            _ => name,
        };

    private static string Spoil(string key, string form) =>
        form switch
        {
            "pct" => string.Concat(key.Select(c => $"%{(int)c:x2}")),
            "trunc" => key[..^1],
            "swapcase" => string.Concat(
                key.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))
            ),
            "lastchar" => key[..^1] + (key[^1] is 'A' ? 'B' : 'A'),
            "sha256" => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key))),
            "base64" => Convert.ToBase64String(Encoding.ASCII.GetBytes(key)),
            "reverse" => string.Concat(key.Reverse()),
            _ => key,
        };

    [GeneratedRegex(@"\{(?<name>[A-Z]+[0-9]?)(?:[:+](?<form>[^{}]+))?\}")]
    private static partial Regex Name();
}
