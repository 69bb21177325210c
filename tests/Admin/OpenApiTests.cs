using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>The document is whole, passes a linter, and what it says of requests is so. That answers are as it says is
/// checked wherever a test gets one (<see cref="ApiContract"/>).</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private JsonNode _document = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(new() { ["Leaks:RevocationsPerMinute"] = "1000" });
        _account = (await _admin.AddAccountAsync()).Id;
        _document = JsonNode.Parse(await _admin.Client.GetStringAsync("/openapi/v1.json"))!;
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Linter_FindsNothing()
    {
        var (exitCode, output, error) = await Repository.TryRunAsync(
            Path.Combine("ops", "redocly.sh"),
            $"{_admin.Url}/openapi/v1.json"
        );
        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public void EveryEndpoint_IsInTheDocument()
    {
        var served =
            from endpoint in _admin.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
            where path.StartsWith("/v1/", StringComparison.Ordinal)
            from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
            select $"{method} {path}";

        Assert.Equal(
            served.Order(StringComparer.Ordinal),
            Operations().Select(o => o.Name).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void EveryOperation_SaysWhatItIs_AndNamesAreUnique()
    {
        var ids = Operations().Select(o => (string)o.Operation["operationId"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, id => Assert.Matches("^[a-z][A-Za-z]+$", id));
        Assert.All(Operations(), o => Assert.Single(o.Operation["tags"]!.AsArray()));
        Assert.Empty(Operations().Single(o => o.Name == "POST /v1/leaks/revoke").Operation["security"]!.AsArray());
        Assert.All(
            Operations().Where(o => o.Name != "POST /v1/leaks/revoke"),
            o => Assert.NotNull(o.Operation["responses"]!["401"])
        );
    }

    [Fact]
    public async Task Document_IsServedToAnyone_AndNamesNoSecretAndNoMachine()
    {
        var text = await _admin.Client.GetStringAsync("/openapi/v1.json");
        Assert.DoesNotContain(TestAdmin.OperatorToken, text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheDocumentForbids_IsRefused_FieldByField()
    {
        var tried = 0;
        foreach (var (method, path, schema, field, rule) in Fields())
        foreach (var (bad, why) in Forbidden(rule))
        {
            // No confirmation is a wrong one: 400 with a code of its own.
            if (field == "confirmation" && bad is null)
                continue;
            tried++;
            var answer = await _admin.SendAsync(method, path, new JsonObject { [field] = bad });
            var what = $"{method} {path} {schema}.{field} {why}: {answer.Status} {answer.Text}";
            Assert.True(answer.Code == "VALIDATION_FAILED", what);
            Assert.True(answer.Errors.Any(e => e.StartsWith(field, StringComparison.Ordinal)), what);
        }
        Assert.True(tried > 100, $"only {tried}");
    }

    [Fact]
    public async Task WhatTheDocumentAllows_IsNotRefused_FieldByField()
    {
        var tried = 0;
        foreach (var (method, path, schema, field, rule) in Fields())
        foreach (var good in Allowed(rule))
        {
            tried++;
            // A field that does not exist, so that nothing is done; an account that does not either, so that only the
            // form of the field is judged and not whether there is such a role or environment.
            var nowhere = path.Replace(_account, "acc_none", StringComparison.Ordinal);
            var answer = await _admin.SendAsync(method, nowhere, new JsonObject { [field] = good, ["nothing"] = 0 });
            var what = $"{method} {path} {schema}.{field} {good?.ToJsonString()}: {answer.Status} {answer.Text}";
            Assert.True(answer.Errors.All(e => !e.StartsWith(field, StringComparison.Ordinal)), what);
        }
        Assert.True(tried > 30, $"only {tried}");
    }

    private IEnumerable<(string Name, JsonNode Operation)> Operations() =>
        from path in _document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value);

    private IEnumerable<(HttpMethod Method, string Path, string Schema, string Field, JsonNode Rule)> Fields()
    {
        var schemas = new ApiSchema(_document);
        foreach (var (name, operation) in Operations())
        {
            if (operation["requestBody"]?["content"]!["application/json"]!["schema"] is not { } body)
                continue;
            // The first form, where there are two: the other is told by its fields.
            var reference = body["oneOf"]?[0] ?? body;
            // A list of reports, in a form that is not ours: LeakReportTests.
            if ((string?)reference["type"] == "array")
                continue;
            var path = name.Split(' ')[1].Replace("{accountId}", _account, StringComparison.Ordinal);
            // Without an account an operator is asked which one.
            if (path.StartsWith("/v1/api-keys", StringComparison.Ordinal))
                continue;
            foreach (var (field, rule) in schemas.Resolve(reference)["properties"]!.AsObject())
                yield return (
                    HttpMethod.Parse(name.Split(' ')[0]),
                    path.Replace("{id}", "x", StringComparison.Ordinal),
                    (string)reference["$ref"]!,
                    field,
                    rule!
                );
        }
    }

    private IEnumerable<(JsonNode? Bad, string Why)> Forbidden(JsonNode rule)
    {
        var schema = new ApiSchema(_document);
        JsonNode?[] values =
        [
            null,
            JsonValue.Create(true),
            JsonValue.Create(1.5),
            JsonValue.Create("\u0001"),
            new JsonArray(JsonValue.Create(7)),
            new JsonObject { ["unknown"] = 1 },
            .. Beyond(rule),
        ];
        return values.Where(v => schema.Check(rule, v).Count > 0).Select(v => (v, v?.ToJsonString() ?? "null"));
    }

    private static IEnumerable<JsonNode?> Beyond(JsonNode rule)
    {
        if (rule["maxLength"] is { } length)
            yield return JsonValue.Create(new string('a', (int)length + 1));
        if (rule["minLength"] is { } least)
            yield return JsonValue.Create(new string('a', (int)least - 1));
        if (rule["maximum"] is { } most)
            yield return JsonValue.Create((int)most + 1);
        if (rule["minimum"] is { } minimum)
            yield return JsonValue.Create((int)minimum - 1);
        if (rule["maxItems"] is { } items)
            yield return new JsonArray([.. Enumerable.Range(0, (int)items + 1).Select(_ => JsonValue.Create("a"))]);
        if (rule["minItems"] is not null)
            yield return new JsonArray();
    }

    private IEnumerable<JsonNode?> Allowed(JsonNode rule)
    {
        var schema = new ApiSchema(_document);
        if (schema.Check(rule, null).Count == 0)
            yield return null;
        if (schema.Check(rule, JsonValue.Create(true)).Count == 0)
            yield return JsonValue.Create(true);
        if (rule["maxLength"] is { } length && IsAnyText(rule))
            yield return JsonValue.Create(new string('a', (int)length));
        if (rule["maximum"] is { } most)
            yield return JsonValue.Create((int)most);
        if (rule["minimum"] is { } minimum)
            yield return JsonValue.Create((int)minimum);
        if (schema.Resolve(rule["oneOf"]?[1] ?? rule)["enum"] is JsonArray values)
            foreach (var value in values)
                yield return value!.DeepClone();
    }

    // Addresses of e-mail and signatures have forms of their own.
    private static bool IsAnyText(JsonNode rule) => rule["format"] is null && (int?)rule["minLength"] is null or 1;
}
