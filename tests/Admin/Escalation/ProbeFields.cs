using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Every text field of every request in the OpenAPI document, however deep: whoever adds one has it probed.</summary>
internal sealed class ProbeFields(JsonNode document)
{
    private readonly ApiSchema _schemas = new(document);

    /// <summary>One field of one operation.</summary>
    /// <param name="Operation">Its name in the document.</param>
    /// <param name="Method">Method.</param>
    /// <param name="Template">Path.</param>
    /// <param name="Field">Where the text goes, such as <c>walletBindings.0.walletId</c>.</param>
    public sealed record Place(string Operation, HttpMethod Method, string Template, string Field)
    {
        /// <summary>A body with the text in that place, over what else the operation needs.</summary>
        public string Body(JsonObject rest, string text)
        {
            var (body, steps) = (rest.DeepClone(), Field.Split('.'));
            // A list of reports, which have no others beside them.
            var root = steps[0] == "0" ? new JsonArray() : body;
            Put(root, steps, text);
            return root.ToJsonString();
        }

        private static void Put(JsonNode node, ReadOnlySpan<string> steps, string text)
        {
            JsonNode value =
                steps is [_] ? text
                : steps[1] == "0" ? new JsonArray()
                : new JsonObject();
            if (node is JsonArray list)
                list.Add(value);
            else
                node[steps[0]] = value;
            if (steps.Length > 1)
                Put(value, steps[1..], text);
        }
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Place> All() =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        let schema = operation.Value!["requestBody"]?["content"]!["application/json"]!["schema"]
        where schema is not null
        from field in TextsOf(schema, "")
        select new Place((string)operation.Value["operationId"]!, HttpMethod.Parse(operation.Key), path.Key, field);

    private IEnumerable<string> TextsOf(JsonNode schema, string path)
    {
        schema = _schemas.Resolve(schema);
        if (schema["oneOf"] is JsonArray either)
            return either.SelectMany(s => TextsOf(s!, path)).Distinct(StringComparer.Ordinal);
        if (schema["properties"] is JsonObject properties)
            return properties.SelectMany(p => TextsOf(p.Value!, Join(path, p.Key)));
        if (schema["items"] is { } items)
            return TextsOf(items, Join(path, "0"));
        var isText = schema["type"]?.ToJsonString().Contains("\"string\"", StringComparison.Ordinal) == true;
        return isText || schema["enum"] is not null ? [path] : [];
    }

    private static string Join(string path, string step) => path.Length == 0 ? step : $"{path}.{step}";
}
