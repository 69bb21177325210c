using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>What the admin API answered.</summary>
public sealed record ApiAnswer(int Status, JsonNode Body, string Text, HttpResponseHeaders Headers, string? MediaType)
{
    // The admin API names a request by the first, the gateway by the second.
    private static readonly string[] RequestIdHeaders = ["X-Request-Id", "X-Gateway-Request-Id"];

    /// <summary><c>data</c> of a success.</summary>
    public JsonNode Data => Body["data"]!;

    /// <summary>The key of a success.</summary>
    public JsonNode Key => Data["apiKey"]!;

    /// <summary><c>error.code</c> of a refusal.</summary>
    public string? Code => (string?)(Body as JsonObject)?["error"]?["code"];

    /// <summary>Problems of fields as <c>field CODE</c>.</summary>
    public IReadOnlyList<string> Errors =>
        [.. ((Body as JsonObject)?["errors"]?.AsArray() ?? []).Select(e => $"{e!["field"]} {e["code"]}")];

    /// <summary>Reads an answer whose body is JSON or empty.</summary>
    public static async Task<ApiAnswer> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return new ApiAnswer(
            (int)response.StatusCode,
            text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!,
            text,
            response.Headers,
            response.Content.Headers.ContentType?.MediaType
        );
    }

    /// <summary>Checks that it is a success, and returns it.</summary>
    public ApiAnswer Succeeded(int status = 200)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text}");
        Assert.True(Headers.CacheControl?.NoStore, "Cache-Control: no-store is missing");
        return this;
    }

    /// <summary>Checks that it is this refusal, in the form every refusal has.</summary>
    public ApiAnswer Refused(int status, string code)
    {
        Assert.True(Status == status && Code == code, $"{Status} {Code} instead of {status} {code}: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(status, (int?)Body["status"]);
        Assert.False(string.IsNullOrEmpty((string?)Body["title"]));
        Assert.False(string.IsNullOrEmpty((string?)Body["detail"]));
        Assert.EndsWith(code, (string?)Body["type"], StringComparison.Ordinal);
        Assert.Equal((string?)Body["detail"], (string?)Body["error"]!["message"]);
        var requestIds = RequestIdHeaders.SelectMany(h => Headers.TryGetValues(h, out var ids) ? ids : []);
        Assert.Equal((string?)Body["requestId"], requestIds.Distinct().Single());
        Assert.True(Headers.CacheControl?.NoStore, "Cache-Control: no-store is missing");
        return this;
    }

    /// <summary>Checks which fields were refused, in any order.</summary>
    public ApiAnswer WithErrors(params string[] errors)
    {
        Assert.Equal(errors.Order(StringComparer.Ordinal), Errors.Order(StringComparer.Ordinal));
        return this;
    }
}
