using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>
/// A group of requests that says <c>values</c> is one of each of them: <c>{VALUE}</c> stands for the value in every text of
/// the group, and the numbers get <c>-1</c>, <c>-2</c> and so on. Values are a list of texts, a text for each of its
/// characters, or <c>{"from": 128, "to": 255}</c> for characters by their numbers. <c>{VALUE:pct}</c> and
/// <c>{VALUE:lower}</c> are its bytes in UTF-8, escaped, <c>{VALUE:utf8}</c> those bytes as they are, <c>{VALUE:len}</c>
/// their number, <c>{VALUE:hex}</c> a number in hexadecimal.
/// </summary>
internal static partial class AttackTemplates
{
    /// <summary>The groups a group stands for: itself, when it has no values.</summary>
    public static IEnumerable<JsonObject> Expand(JsonObject family, string[] forms)
    {
        if (family["values"] is not { } values)
            return [family];
        var text = family.ToJsonString();
        return Values(values).Select((value, i) => For(text, value, i + 1, forms));
    }

    private static JsonObject For(string text, string value, int number, string[] forms)
    {
        var filled = JsonNode
            .Parse(Value().Replace(text, m => JsonEncodedText.Encode(Spell(value, m.Groups[1].Value)).ToString()))!
            .AsObject();
        foreach (var form in forms)
        {
            if (filled[form] is JsonObject requests)
                filled[form] = new JsonObject(
                    requests.Select(r => KeyValuePair.Create($"{r.Key}-{number}", r.Value?.DeepClone()))
                );
        }

        return filled;
    }

    private static IEnumerable<string> Values(JsonNode values) =>
        values switch
        {
            JsonArray list => list.Select(v => v!.ToString()),
            JsonObject range => Enumerable
                .Range((int)range["from"]!, (int)range["to"]! - (int)range["from"]! + 1)
                .Select(c => $"{(char)c}"),
            _ => values.ToString().Select(c => $"{c}"),
        };

    private static string Spell(string value, string form)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return form switch
        {
            "pct" => string.Concat(bytes.Select(b => $"%{b:X2}")),
            "lower" => string.Concat(bytes.Select(b => $"%{b:x2}")),
            "utf8" => Encoding.Latin1.GetString(bytes),
            "len" => $"{bytes.Length}",
            "hex" => int.Parse(value, CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture),
            _ => value,
        };
    }

    [GeneratedRegex(@"\{VALUE(?::([a-z0-9]+))?\}")]
    private static partial Regex Value();
}
