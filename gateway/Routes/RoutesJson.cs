using System.Text.Json;

namespace Gateway;

/// <summary>
/// Reads the text of a routes file and holds every name in it against <see cref="RoutesShape"/>. Names are compared
/// without case, because .NET configuration does; so <c>Methods</c> and <c>methods</c> in one route are one name twice,
/// and twice means that a reader of the file and the gateway may see different routes.
/// </summary>
internal static class RoutesJson
{
    /// <summary>Far above a file of 10,000 routes; a routes file that points at something else is not.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const int LongestName = 100;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Reads the text and checks every name in it.</summary>
    /// <returns>Null when there is no object <c>ReverseProxy</c> that could be read.</returns>
    public static JsonDocument? Read(ReadOnlyMemory<byte> text, ICollection<string> problems)
    {
        if (text.Length > MaxBytes)
        {
            problems.Add($"the file has {text.Length} bytes; {MaxBytes} are taken");
            return null;
        }
        try
        {
            var document = JsonDocument.Parse(text, Options);
            Walk(document.RootElement, RoutesShape.File, "", problems);
            return document;
        }
        catch (JsonException e)
        {
            // Both are counted from 0, editors count from 1.
            problems.Add($"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}: {FirstSentence(e.Message)}");
            return null;
        }
    }

    /// <summary>The object <c>ReverseProxy</c>; null when there is none, which is a problem.</summary>
    public static JsonElement? Proxy(JsonDocument document, ICollection<string> problems)
    {
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return null; // Said already.
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (Same(member.Name, "ReverseProxy"))
                return member.Value.ValueKind == JsonValueKind.Object ? member.Value : null;
        }
        problems.Add("ReverseProxy: missing; the file has one object of this name, with Routes and Clusters");
        return null;
    }

    /// <summary>The text without the byte order mark some editors put before UTF-8.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text;

    private static void Walk(JsonElement element, Shape shape, string path, ICollection<string> problems)
    {
        switch (shape, element.ValueKind)
        {
            case (_, JsonValueKind.Null):
                Add("has no value; state one or leave it out");
                break;
            case (Shape.Value, not (JsonValueKind.Object or JsonValueKind.Array)):
                break;
            case (Shape.List list, JsonValueKind.Array):
                WalkList(element, list, path, problems);
                break;
            case (Shape.Known or Shape.Map, JsonValueKind.Object):
                WalkMembers(element, shape, path, problems);
                break;
            default:
                Add($"is {Words(element.ValueKind)}; {Words(shape)} is needed");
                break;
        }

        void Add(string what) => problems.Add($"{(path.Length == 0 ? "the file" : path + ":")} {what}");
    }

    private static void WalkList(JsonElement element, Shape.List list, string path, ICollection<string> problems)
    {
        // YARP reads an empty list as none at all: a route that takes no method would take every one.
        if (element.GetArrayLength() == 0)
            problems.Add($"{path}: is an empty list, which means 'any'; leave it out if you mean that");
        var index = 0;
        foreach (var item in element.EnumerateArray())
            Walk(item, list.Item, $"{path}:{index++}", problems);
    }

    private static void WalkMembers(JsonElement element, Shape shape, string path, ICollection<string> problems)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in element.EnumerateObject())
        {
            var here = Join(path, member.Name);
            if (!seen.Add(member.Name))
                problems.Add($"{here}: stated twice");
            if (shape is Shape.Map map)
            {
                CheckName(member.Name, here, problems);
                Walk(member.Value, map.Item, here, problems);
            }
            else if (shape is Shape.Known known)
                WalkKnown(member, known, here, problems);
        }
    }

    private static void WalkKnown(JsonProperty member, Shape.Known known, string path, ICollection<string> problems)
    {
        if (known.Members.TryGetValue(member.Name, out var inner))
            Walk(member.Value, inner, path, problems);
        else if (known.Refused.TryGetValue(member.Name, out var reason))
            problems.Add($"{path}: {reason}");
        else
            problems.Add(
                $"{path}: unknown; there are {string.Join(", ", known.Members.Keys.Order(StringComparer.Ordinal))}"
            );
    }

    /// <summary>A colon separates levels in .NET configuration: <c>"a:Metadata:Access"</c> as a route's id would reach
    /// into route <c>a</c>.</summary>
    private static void CheckName(string name, string path, ICollection<string> problems)
    {
        if (name.Length is 0 or > LongestName || name.Any(c => c == ':' || char.IsControl(c)))
            problems.Add($"{path}: is not a name; 1 to {LongestName} characters, no ':' and no control characters");
    }

    // The problems speak of Routes and Clusters, as the documentation does.
    internal static string Join(string path, string name) =>
        path.Length == 0 || Same(path, "ReverseProxy") ? name : $"{path}:{name}";

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    private static string FirstSentence(string message) => message.Split(". ", 2)[0].TrimEnd('.');

    private static string Words(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            _ => "true or false",
        };

    private static string Words(Shape shape) =>
        shape switch
        {
            Shape.Value => "a text",
            Shape.List => "a list",
            _ => "an object",
        };
}
