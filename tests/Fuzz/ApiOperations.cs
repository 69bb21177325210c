using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>One operation of the admin API, as its document tells it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path with its parameters in braces.</param>
/// <param name="Fields">Fields of the body, of all its forms, with their schemas.</param>
/// <param name="Query">Names of the query's parameters.</param>
internal sealed record ApiOperation(
    HttpMethod Method,
    string Path,
    IReadOnlyList<(string Name, JsonNode Schema)> Fields,
    IReadOnlyList<string> Query
)
{
    /// <summary>Reads the document.</summary>
    public static IReadOnlyList<ApiOperation> All(JsonNode document)
    {
        var schemas = new ApiSchema(document);
        return
        [
            .. from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            select new ApiOperation(
                HttpMethod.Parse(operation.Key.ToUpperInvariant()),
                path.Key,
                [.. FieldsOf(operation.Value!, schemas)],
                [.. QueryOf(operation.Value!, schemas)]
            ),
        ];
    }

    /// <summary>Names of the path's parameters.</summary>
    public IEnumerable<string> Places => Path.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..^1]);

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path}";

    private static IEnumerable<(string, JsonNode)> FieldsOf(JsonNode operation, ApiSchema schemas)
    {
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is not { } body)
            return [];
        var forms = body["oneOf"]?.AsArray().Select(f => f!) ?? [body];
        return forms
            .SelectMany(f => schemas.Resolve(f)["properties"]?.AsObject() ?? [])
            .DistinctBy(p => p.Key)
            .Select(p => (p.Key, schemas.Resolve(p.Value!["oneOf"]?[1] ?? p.Value!)));
    }

    private static IEnumerable<string> QueryOf(JsonNode operation, ApiSchema schemas) =>
        (operation["parameters"]?.AsArray() ?? [])
            .Select(p => schemas.Resolve(p!))
            .Where(p => (string?)p["in"] == "query")
            .Select(p => (string)p["name"]!);
}
