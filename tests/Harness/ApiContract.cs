using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>
/// Holds every answer that any test gets from an admin API against its OpenAPI document: the status is stated for the
/// operation, the body is as the schema says, the code of a refusal is listed. The document is the same whatever the
/// settings, so it is asked for once in a run.
/// </summary>
public sealed class ApiContract
{
    private static readonly SemaphoreSlim Once = new(1, 1);
    private static ApiContract? _instance;

    private readonly ApiSchema _schema;
    private readonly List<(string[] Path, JsonObject Operations)> _paths;

    private ApiContract(JsonNode document)
    {
        Document = document;
        _schema = new ApiSchema(document);
        _paths =
        [
            .. document["paths"]!
                .AsObject()
                .Select(p => (Path: p.Key.Split('/'), Operations: p.Value!.AsObject()))
                // Where two match, the one without parameters is meant.
                .OrderBy(p => p.Path.Count(s => s.StartsWith('{'))),
        ];
    }

    /// <summary>The document.</summary>
    public JsonNode Document { get; }

    /// <summary>The document's contract, from the first process that is asked.</summary>
    public static async Task<ApiContract> GetAsync(HttpClient client)
    {
        await Once.WaitAsync();
        try
        {
            return _instance ??= new ApiContract(JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json"))!);
        }
        finally
        {
            Once.Release();
        }
    }

    /// <summary>Fails the test when the answer is not as the document says. What it says nothing of is left alone.</summary>
    public void Check(HttpMethod method, string path, ApiAnswer answer)
    {
        if (Find(method, path.Split('?')[0]) is not { } operation)
            return;
        var what = $"{method} {path}: {answer.Status} {answer.Text}";
        var response = operation["responses"]![$"{answer.Status}"];
        Assert.True(response is not null, $"This status is not in the document. {what}");
        var schema = response["content"]?[answer.MediaType ?? ""]?["schema"];
        Assert.True(schema is not null, $"{answer.MediaType} is not in the document. {what}");
        var problems = _schema.Check(schema, answer.Body);
        Assert.True(problems.Count == 0, $"{string.Join("; ", problems)}. {what}");
        if (answer.Code is { } code)
            Assert.True(((string)response["description"]!).Contains($"`{code}`"), $"This code is not listed. {what}");
    }

    private JsonNode? Find(HttpMethod method, string path)
    {
        var segments = path.Split('/');
        var found = _paths.FirstOrDefault(p => Matches(p.Path, segments));
        return found.Operations?[method.Method.ToLowerInvariant()];
    }

    private static bool Matches(string[] template, string[] path) =>
        template.Length == path.Length && template.Zip(path).All(s => s.First.StartsWith('{') || s.First == s.Second);
}
