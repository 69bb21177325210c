using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>
/// Reads the requests in <c>Cases</c>. A file is a list of groups; what a group says holds for all of its requests, which
/// are named by their numbers: paths (<c>targets</c>), lines of a header (<c>headers</c>), whole requests (<c>raw</c>) or
/// those over HTTP/2 (<c>h2</c>). A request is a text, or a pair of it and where it is from. <c>as</c> names the key that is
/// sent along; a group with <c>values</c> is expanded first (<see cref="AttackTemplates"/>).
/// <list type="bullet">
/// <item><c>published</c>: hostile requests others have written about.</item>
/// <item><c>ours</c>: hostile requests from reading the sources of what the gateway is made of.</item>
/// <item><c>fine</c>: unusual requests that must be answered.</item>
/// </list>
/// </summary>
public static class AttackCases
{
    private static readonly string[] Forms = ["targets", "headers", "raw", "h2"];

    /// <summary>The files of a folder, without their endings.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory
            .EnumerateFiles(PathOf(folder), "*.json")
            .Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Order(StringComparer.Ordinal);

    /// <summary>All requests of a folder.</summary>
    public static IReadOnlyList<AttackCase> All(string folder) => [.. Files(folder).SelectMany(f => Of(folder, f))];

    /// <summary>The requests of a file.</summary>
    public static IReadOnlyList<AttackCase> Of(string folder, string file) =>
        [
            .. Groups(folder, file)
                .SelectMany(g => AttackTemplates.Expand(g, Forms))
                .SelectMany(g => Expand(g, isFine: folder is "fine")),
        ];

    /// <summary>The groups of a file as they are.</summary>
    public static IEnumerable<JsonObject> Groups(string folder, string file) =>
        JsonNode
            .Parse(File.ReadAllText(Path.Combine(PathOf(folder), file + ".json")))!
            .AsArray()
            .Select(g => g!.AsObject());

    /// <summary>Strings of a member; none when it is absent.</summary>
    public static string[] Texts(JsonObject family, string name) =>
        family[name] is JsonArray array ? [.. array.Select(t => t!.ToString())] : [];

    private static string PathOf(string folder) => Path.Combine(Repository.Root, "tests", "Hostile", "Cases", folder);

    private static IEnumerable<AttackCase> Expand(JsonObject family, bool isFine) =>
        from form in Forms
        where family[form] is JsonObject
        from member in family[form]!.AsObject()
        let pair = member.Value as JsonArray
        let message = pair is null ? member.Value! : pair[0]!
        select Read(family, form, member.Key, message, isFine) with
        {
            Source = pair?[1]!.ToString() ?? (string?)family["source"] ?? "",
        };

    private static AttackCase Read(JsonObject family, string form, string id, JsonNode message, bool isFine)
    {
        var read = new AttackCase
        {
            Id = id,
            About = (string)family["about"]!,
            Source = "",
            Connect = (string?)family["connect"],
            Expect = ExpectationOf(family, isFine),
        };
        return form switch
        {
            "raw" => read with { Raw = (string)message! },
            "h2" => read with
            {
                Fields = Texts(message.AsObject(), "fields"),
                Data = (string?)message["data"],
                Framing = (string?)message["framing"],
                Trailers = message["trailers"] is null ? null : Texts(message.AsObject(), "trailers"),
            },
            _ => read with
            {
                Raw = Compose(family, form, (string)message!),
                Expect = read.Expect with { Present = PresentOf(family, form, (string)message!) },
            },
        };
    }

    // Where a file says so, the line itself is what must arrive.
    private static string[] PresentOf(JsonObject family, string form, string text) =>
        form is "headers" && (bool?)family["arrives"] == true ? text.Split("\r\n") : Texts(family, "present");

    private static string Compose(JsonObject family, string form, string text)
    {
        var method = (string?)family["method"] ?? "GET";
        var target = form is "targets" ? text : (string?)family["target"] ?? "/public/x";
        var key = (string?)family["as"];
        var credential = key is null ? "" : $"Authorization: Bearer {{{key}}}\r\n";
        var header = form is "headers" ? text + "\r\n" : "";
        return $"{method} {target} HTTP/1.1\r\nHost: {{HOST}}\r\n{credential}{header}Connection: close\r\n\r\n";
    }

    private static Expectation ExpectationOf(JsonObject family, bool isFine)
    {
        var arrivals = (int?)family["arrivals"] ?? (isFine ? 1 : null);
        var status = Texts(family, "status");
        return new Expectation
        {
            Granted = family["granted"] is null
                ? Placeholders.GrantedTo((string?)family["as"])
                : Texts(family, "granted"),
            Arrivals = arrivals,
            MustArrive = isFine ? arrivals!.Value : 0,
            Status = status.Length is 0 && isFine ? ["200"] : status,
            Absent = Texts(family, "absent"),
            AbsentHeaders = Texts(family, "absentHeaders"),
            AbsentText = Texts(family, "absentText"),
            Once = Texts(family, "once"),
            Present = Texts(family, "present"),
            Body = (string?)family["body"],
            Methods = Texts(family, "methods"),
            AnswerAbsent = Texts(family, "answerAbsent"),
            Answer =
                family["answer"]?.AsObject().ToDictionary(h => h.Key, h => h.Value!.ToString(), StringComparer.Ordinal)
                ?? [],
        };
    }
}
