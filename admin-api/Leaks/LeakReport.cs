using System.Text.Json;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>A key somebody found, as GitHub's secret scanning reports it. Fields that are not known here are ignored: the
/// protocol is not ours, and has grown before.</summary>
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

    /// <summary>Reads a report: a list of findings.</summary>
    public static Outcome<IReadOnlyList<LeakReport>> ReadAll(JsonElement json)
    {
        var (errors, reports) = (new List<FieldError>(), new List<LeakReport>());
        foreach (var item in json.EnumerateArray())
        {
            var path = $"[{reports.Count}]";
            if (item.ValueKind == JsonValueKind.Object)
                reports.Add(Fields.Read(item, Read, errors, path + "."));
            else
                errors.Add(new FieldError(path, "WRONG_TYPE", "Must be an object."));
            if (errors.Count > 0)
                return Problems.Validation(errors);
        }
        return reports;
    }

    /// <summary>Where it was found, as it may be kept and shown: an address of the web that has no key in it, else
    /// nothing.</summary>
    public string PlaceIn(KeyFormat keys)
    {
        if (Url is not { Length: > 0 and <= MaxUrlLength } || Url.Any(c => c is <= ' ' or > '~'))
            return "";
        var isOfTheWeb =
            Uri.TryCreate(Url, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri.UserInfo.Length == 0;
        return isOfTheWeb && !HasKey(keys, Url) ? Url : "";
    }

    /// <summary>The kind of place as it may be kept: one plain word.</summary>
    public string? SourceWord =>
        Source is { Length: > 0 and <= MaxWordLength } word
        && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? word
            : null;

    private static LeakReport Read(Fields fields)
    {
        var token = fields.Text("token");
        if (token is null)
            fields.RefuseOnce("token", "REQUIRED", "Must be what was found.");
        var report = new LeakReport(token ?? "", fields.Text("type"), fields.Text("url"), fields.Text("source"));
        fields.IgnoreOthers();
        return report;
    }

    private static bool HasKey(KeyFormat keys, string text)
    {
        for (var i = 0; i < MaxUnescapes; i++)
        {
            if (keys.ContainsKey(text))
                return true;
            text = Uri.UnescapeDataString(text);
        }
        return keys.ContainsKey(text);
    }
}
