using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>A form as it stands in a page: what a browser would send of it untouched.</summary>
internal sealed record ConsoleForm(string Action, string Method, IReadOnlyList<(string Name, string Value)> Fields)
{
    /// <summary>Name of the field that carries the session's token.</summary>
    public const string Token = "form-token";
}

/// <summary>An answer of the console.</summary>
internal sealed partial record ConsoleAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Html)
{
    /// <summary>Where it leads; null when it is a page.</summary>
    public string? Location => Headers.GetValueOrDefault("Location");

    /// <summary>What can be read on it, in one line.</summary>
    public string Text =>
        Spaces()
            .Replace(WebUtility.HtmlDecode(Tags().Replace(Html, " ")), " ")
            .Replace(" .", ".")
            .Replace(" ,", ",")
            .Trim();

    /// <summary>Its forms.</summary>
    public IReadOnlyList<ConsoleForm> Forms =>
        [
            .. Form()
                .Matches(Html)
                .Select(f => new ConsoleForm(
                    Attribute(f.Groups["head"].Value, "action")!,
                    Attribute(f.Groups["head"].Value, "method")!,
                    [.. FieldsOf(f.Groups["body"].Value)]
                )),
        ];

    /// <summary>Where its links lead, within the console.</summary>
    public IEnumerable<string> Links =>
        Anchor()
            .Matches(Html)
            .Select(a => Attribute(a.Value, "href")!)
            .Where(h => h.StartsWith('/') && !h.StartsWith("//", StringComparison.Ordinal));

    /// <summary>The form that goes there.</summary>
    public ConsoleForm Form(string action) =>
        Forms.FirstOrDefault(f => f.Action == action)
        ?? throw new InvalidOperationException(
            $"No form to {action} but to {string.Join(", ", Forms.Select(f => f.Action))} in {Status}: {Text}"
        );

    /// <summary>The value of an input or a textarea by its id; null when there is none.</summary>
    public string? Value(string id)
    {
        var field = Field().Matches(Html).FirstOrDefault(m => Attribute(m.Groups["head"].Value, "id") == id);
        return field is null ? null : ValueOf(field);
    }

    /// <summary>It has this status, and its words are on it.</summary>
    public ConsoleAnswer Says(int status, params string[] words)
    {
        Assert.True(status == Status, $"{status} expected, {Status} answered: {Location} {Text}");
        foreach (var word in words)
            Assert.Contains(word, Text, StringComparison.Ordinal);
        return this;
    }

    private static IEnumerable<(string, string)> FieldsOf(string body)
    {
        foreach (Match field in Field().Matches(body))
        {
            var head = field.Groups["head"].Value;
            if (Attribute(head, "name") is not { } name || Flag().IsMatch(head))
                continue;
            var isChoice = Attribute(head, "type") is "radio" or "checkbox";
            if (!isChoice || Checked().IsMatch(head))
                yield return (name, ValueOf(field));
        }
        foreach (Match select in Select().Matches(body))
        {
            var options = Option().Matches(select.Groups["body"].Value);
            var chosen = options.FirstOrDefault(o => o.Value.Contains(" selected", StringComparison.Ordinal));
            if ((chosen ?? options.FirstOrDefault()) is { } option)
                yield return (Attribute(select.Groups["head"].Value, "name")!, Attribute(option.Value, "value") ?? "");
        }
    }

    private static string ValueOf(Match field) =>
        field.Groups["text"].Success
            ? WebUtility.HtmlDecode(field.Groups["text"].Value)
            : Attribute(field.Groups["head"].Value, "value") ?? "";

    private static string? Attribute(string tag, string name) =>
        Regex.Match(tag, $"\\s{name}=\"(?<value>[^\"]*)\"") is { Success: true } found
            ? WebUtility.HtmlDecode(found.Groups["value"].Value)
            : null;

    [GeneratedRegex("<script.*?</script>|<head>.*?</head>|<[^>]+>", RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("<form(?<head>[^>]*)>(?<body>.*?)</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<a [^>]*>")]
    private static partial Regex Anchor();

    [GeneratedRegex(
        "<input(?<head>[^>]*)>|<textarea(?<head>[^>]*)>(?<text>[^<]*)</textarea>",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Field();

    [GeneratedRegex("<select(?<head>[^>]*)>(?<body>.*?)</select>", RegexOptions.Singleline)]
    private static partial Regex Select();

    [GeneratedRegex("<option[^>]*>")]
    private static partial Regex Option();

    [GeneratedRegex(@"\schecked\b")]
    private static partial Regex Checked();

    [GeneratedRegex(@"\sdisabled\b")]
    private static partial Regex Flag();
}
