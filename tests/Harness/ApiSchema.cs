using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>Holds values against the schemas of an OpenAPI 3.1 document: as much of JSON Schema as ours uses. A keyword it
/// does not know is a failure, so that nothing is held to be right that was not looked at.</summary>
public sealed class ApiSchema(JsonNode document)
{
    private static readonly HashSet<string> Texts = ["description", "default", "example", "title"];

    /// <summary>Everything in which the value is not as the schema says.</summary>
    /// <param name="schema">A schema of the document, or a reference to one.</param>
    /// <param name="value">The value; null is JSON's null.</param>
    /// <param name="path">Where it stands, for the messages.</param>
    public IReadOnlyList<string> Check(JsonNode schema, JsonNode? value, string path = "$")
    {
        var problems = new List<string>();
        foreach (var (keyword, rule) in schema.AsObject())
            problems.AddRange(Check(schema, keyword, rule!, value, path));
        return problems;
    }

    /// <summary>A schema, with a reference followed.</summary>
    public JsonNode Resolve(JsonNode schema)
    {
        if ((string?)schema["$ref"] is not { } reference)
            return schema;
        var target = document;
        foreach (var step in reference.Split('/').Skip(1))
            target = target![step] ?? throw new InvalidOperationException($"{reference} leads nowhere.");
        return target;
    }

    private IEnumerable<string> Check(JsonNode schema, string keyword, JsonNode rule, JsonNode? value, string path) =>
        keyword switch
        {
            "$ref" => Check(Resolve(schema), value, path),
            "type" when !TypesOf(rule).Any(t => IsOf(t, value)) =>
            [
                $"{path} is not {rule.ToJsonString()}: {Show(value)}",
            ],
            "oneOf" when rule.AsArray().Count(s => Check(s!, value, path).Count == 0) != 1 =>
            [
                $"{path} is not one of them",
            ],
            "enum" when !rule.AsArray().Any(e => JsonNode.DeepEquals(e, value)) =>
            [
                $"{path} is no value: {Show(value)}",
            ],
            "format" when !HasFormat((string)rule!, value) => [$"{path} is not {rule}: {Show(value)}"],
            "pattern" when IsOf("string", value) && !Regex.IsMatch((string)value!, (string)rule!) =>
            [
                $"{path} is not {rule}",
            ],
            "minLength" or "maxLength" or "minItems" or "maxItems" or "minimum" or "maximum" => IsWithin(
                keyword,
                (double)rule,
                value
            )
                ? []
                : [$"{path} breaks {keyword} {rule}"],
            "required" => Missing(rule.AsArray(), value, path),
            "properties" => CheckProperties(rule.AsObject(), value, path),
            "additionalProperties" => CheckOthers(schema, rule, value, path),
            "items" when value is JsonArray items => items.SelectMany((item, i) => Check(rule, item, $"{path}[{i}]")),
            "type" or "oneOf" or "enum" or "format" or "pattern" or "items" => [],
            _ when Texts.Contains(keyword) => [],
            _ => [$"{path}: the keyword {keyword} is not known here"],
        };

    private static IEnumerable<string> Missing(JsonArray names, JsonNode? value, string path) =>
        value is JsonObject o ? names.Where(n => !o.ContainsKey((string)n!)).Select(n => $"{path}.{n} is missing") : [];

    private IEnumerable<string> CheckProperties(JsonObject properties, JsonNode? value, string path) =>
        value is JsonObject o
            ? properties.Where(p => o.ContainsKey(p.Key)).SelectMany(p => Check(p.Value!, o[p.Key], $"{path}.{p.Key}"))
            : [];

    private IEnumerable<string> CheckOthers(JsonNode schema, JsonNode rule, JsonNode? value, string path)
    {
        var others = (value as JsonObject)?.Where(p => schema["properties"]?[p.Key] is null) ?? [];
        return rule is JsonObject
            ? others.SelectMany(p => Check(rule, p.Value, $"{path}.{p.Key}"))
            : others.Where(_ => !(bool)rule).Select(p => $"{path}.{p.Key} is unknown");
    }

    private static IEnumerable<string> TypesOf(JsonNode rule) =>
        rule is JsonArray several ? several.Select(t => (string)t!) : [(string)rule!];

    private static bool IsOf(string type, JsonNode? value) =>
        (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
        {
            ("null", JsonValueKind.Null) => true,
            ("string", JsonValueKind.String) => true,
            ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
            ("number", JsonValueKind.Number) => true,
            ("integer", JsonValueKind.Number) => double.IsInteger(Number(value!)),
            ("array", JsonValueKind.Array) => true,
            ("object", JsonValueKind.Object) => true,
            _ => false,
        };

    private static bool HasFormat(string format, JsonNode? value) =>
        value?.GetValueKind() != JsonValueKind.String
        || format switch
        {
            "date-time" => DateTimeOffset.TryParse((string)value!, CultureInfo.InvariantCulture, out _),
            _ => true,
        };

    // What is of another kind is not bounded by this keyword.
    private static bool IsWithin(string keyword, double bound, JsonNode? value) =>
        (keyword, value?.GetValueKind()) switch
        {
            ("minItems", JsonValueKind.Array) => value!.AsArray().Count >= bound,
            ("maxItems", JsonValueKind.Array) => value!.AsArray().Count <= bound,
            ("minLength", JsonValueKind.String) => ((string)value!).EnumerateRunes().Count() >= bound,
            ("maxLength", JsonValueKind.String) => ((string)value!).EnumerateRunes().Count() <= bound,
            ("minimum", JsonValueKind.Number) => Number(value!) >= bound,
            ("maximum", JsonValueKind.Number) => Number(value!) <= bound,
            _ => true,
        };

    // Of whatever type it was made from.
    private static double Number(JsonNode value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "null";
}
