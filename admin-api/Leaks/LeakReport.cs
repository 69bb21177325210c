using System.Text.Json;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>A secret somebody found, as GitHub's secret scanning reports it. Fields that are not known here are ignored:
/// the protocol is not ours, and has grown before.</summary>
/// <param name="Token">What was found.</param>
/// <param name="Type">The reporter's name for its form.</param>
/// <param name="Url">Where it was found; empty when it is not to be said.</param>
/// <param name="Source">The kind of place, such as <c>commit</c>.</param>
public sealed record LeakReport(string Token, string? Type, string? Url, string? Source)
{
    private const int MaxUrlLength = 2000;
    private const int MaxWordLength = 100;

    // Escapes within escapes; no address of a file needs more.
    private const int MaxUnescapes = 3;

    /// <summary>Reads one finding. Only the token has to be there: a place that cannot be read is one that was not said,
    /// and no reason to let a key live.</summary>
    /// <returns>Null when it is not said what was found, or two things are.</returns>
    public static LeakReport? Read(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object && Text(item, "token") is { } token
            ? new(token, Text(item, "type"), Text(item, "url"), Text(item, "source"))
            : null;

    /// <summary>Where it was found, as it may be kept and shown: an address of the web that has no secret in it, else
    /// nothing.</summary>
    public string PlaceIn(KeyFormat keys)
    {
        if (Url is not { Length: > 0 and <= MaxUrlLength } || Url.Any(c => c is <= ' ' or > '~'))
            return "";
        var isOfTheWeb =
            Uri.TryCreate(Url, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri.UserInfo.Length == 0;
        return isOfTheWeb && !HasSecret(keys, Url) ? Url : "";
    }

    /// <summary>The kind of place as it may be kept: one plain word.</summary>
    public string? SourceWord =>
        Source is { Length: > 0 and <= MaxWordLength } word
        && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? word
            : null;

    // Of a name that is there twice, two readers could each believe another value.
    private static string? Text(JsonElement item, string name) =>
        item.EnumerateObject().Where(p => Decodes(() => p.NameEquals(name))).ToList() is [{ Value: var value }]
        && value.ValueKind == JsonValueKind.String
        && Decodes(() => value.GetString() is not null)
            ? value.GetString()
            : null;

    // What is not UTF-8, or has half of a surrogate pair, is no text: neither a value nor a name we know.
    private static bool Decodes(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private bool HasSecret(KeyFormat keys, string text)
    {
        for (var i = 0; i < MaxUnescapes; i++)
        {
            if (IsSecretIn(text))
                return true;
            text = Uri.UnescapeDataString(text);
        }
        return IsSecretIn(text);

        bool IsSecretIn(string s) =>
            keys.ContainsKey(s) || OperatorTokens.IsIn(s) || s.Contains(Token, StringComparison.Ordinal);
    }
}
